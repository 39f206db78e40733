#pragma once

#include "fast_api.hpp"

namespace pointsman::test {

// vLLM 0.11, with or without its OpenAPI document.
class VllmServer : public FastApiServer {
 public:
  VllmServer() {
    owner = "vllm";
    offered = {"/v1/chat/completions", "/v1/completions", "/v1/responses"};
  }
  std::string key;

  Reply answer(const Asked& asked) override {
    const bool is_guarded = asked.path.starts_with("/v1") && !key.empty();
    if (is_guarded && asked.header("authorization") != "Bearer " + key) {
      return from("uvicorn", Reply::json(401, R"({"error":"Unauthorized"})"));
    }
    return from("uvicorn", page(asked));
  }

 protected:
  Reply own_page(const Asked& asked) override {
    return asked.line() == "GET /version" ? Reply::json(200, R"({"version":"0.11.2"})") : not_found();
  }

  Reply models() override {
    json model{{"id", "meta-llama/Llama-3.1-8B"}, {"object", "model"}, {"created", 1763000000}, {"owned_by", "vllm"}};
    model["max_model_len"] = 131072;
    return Reply::json(200, json{{"object", "list"}, {"data", {model}}}.dump());
  }

  Reply generate(const Asked& asked) override {
    const json body = parsed(asked);
    if (body.is_discarded())
      return Reply::json(400, R"({"error":{"message":"JSON decode error","type":"Bad Request"}})");
    const bool is_unknown = body.contains("model") && body["model"] != "meta-llama/Llama-3.1-8B";
    if (is_unknown)
      return Reply::json(404, R"({"error":{"message":"The model does not exist","type":"NotFoundError"}})");
    violate("generated with the default model", asked);
    return Reply::json(200, "{}");
  }
};

}  // namespace pointsman::test
