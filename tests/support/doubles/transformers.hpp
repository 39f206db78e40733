#pragma once

#include "fast_api.hpp"

namespace pointsman::test {

// transformers serve: whatever name a request has is downloaded and loaded.
class TransformersServer : public FastApiServer {
 public:
  TransformersServer() {
    owner = "Qwen";
    openapi_version = "0.1.0";
    offered = {"/v1/chat/completions", "/v1/responses", "/v1/audio/transcriptions"};
  }

 protected:
  Reply own_page(const Asked& asked) override {
    if (asked.path == "/load_model") violate("downloaded a model", asked);
    return asked.line() == "GET /health" ? Reply::json(200, R"({"status":"ok"})") : not_found();
  }

  Reply models() override { return Reply::json(200, openai_list({"Qwen/Qwen3-0.6B"}, owner)); }

  Reply openapi() const override {
    json document = json::parse(FastApiServer::openapi().body);
    document["paths"]["/v1/models"]["options"] = json::object();
    return Reply::json(200, document.dump());
  }

  Reply generate(const Asked& asked) override {
    const json body = parsed(asked);
    if (body.is_discarded()) return FastApiServer::generate(asked);
    if (!body.contains("model")) return Reply::text(500, "Internal Server Error");
    violate("downloaded and loaded a model", asked);
    return Reply::json(200, "{}");
  }
};

}  // namespace pointsman::test
