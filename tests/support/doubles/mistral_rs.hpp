#pragma once

#include "axum.hpp"

namespace pointsman::test {

// mistral.rs: the model "default" is whatever is loaded; a real name loads it again.
class MistralRsServer : public AxumServer {
 public:
  MistralRsServer() {
    offered = {"/v1/chat/completions", "/v1/completions", "/v1/embeddings", "/v1/images/generations",
               "/v1/audio/speech"};
  }
  bool has_responses = true;  // since 0.7.0
  bool has_messages = true;   // since 0.8.4
  bool tells_itself = true;   // older ones have no /v1/system/info
  bool tells_status = false;

  Reply answer(const Asked& asked) override {
    if (has_responses) offered.insert("/v1/responses");
    if (has_messages) offered.insert("/v1/messages");
    if (asked.method == "GET" && is_stored_response(asked)) violate("looked for a stored response", asked);
    return page(asked);
  }

 protected:
  Reply own_page(const Asked& asked) override {
    const std::set<std::string> acts{"/re_isq", "/v1/models/unload", "/v1/models/reload", "/v1/system/doctor"};
    if (acts.contains(asked.path)) violate("changed something", asked);
    if (asked.line() == "GET /health") return Reply::text(200, "OK");
    if (asked.line() == "GET /v1/system/info" && tells_itself) {
      return Reply::json(200, R"({"os":"Debian","build":{"cuda":true,"mkl":false,"git_revision":"43a6a45b"}})");
    }
    return not_found();
  }

  Reply models() override {
    json list = json::parse(openai_list({"default", "Qwen/Qwen3-4B", "google/gemma-3-4b-it"}, "local"));
    if (tells_status) {
      list["data"][1]["status"] = "loaded";
      list["data"][2]["status"] = "unloaded";
    }
    return Reply::json(200, list.dump());
  }
};

}  // namespace pointsman::test
