#pragma once

#include "fast_api.hpp"

namespace pointsman::test {

// Xinference: models of every kind, and keys by role.
class XinferenceServer : public FastApiServer {
 public:
  XinferenceServer() {
    owner = "xinference";
    offered = {"/v1/chat/completions",   "/v1/completions",       "/v1/embeddings",           "/v1/rerank",
               "/v1/messages",           "/v1/audio/speech",      "/v1/audio/transcriptions", "/v1/audio/translations",
               "/v1/images/generations", "/v1/images/variations", "/v1/images/edits"};
  }
  bool is_for_administrators = false;  // with authentication: what our key may not see

 protected:
  Reply own_page(const Asked& asked) override {
    if (asked.line() == "GET /v1/cluster/version") {
      return is_for_administrators ? Reply::json(403, R"({"detail":"Not enough permissions"})")
                                   : Reply::json(200, R"({"version":"1.10.0","full-revisionid":"e","dirty":false})");
    }
    if (asked.path.starts_with("/v1/models/") && asked.method != "GET") violate("launched or ended a model", asked);
    return not_found();
  }

  Reply models() override {
    json list =
        json::parse(openai_list({"qwen3", "base", "bge-m3", "bge-reranker", "whisper", "flux", "kokoro"}, owner));
    const auto describe = [&](std::size_t at, const std::string& type, const json& ability) {
      list["data"][at]["model_type"] = type;
      list["data"][at]["model_ability"] = ability;
    };
    describe(0, "LLM", {"chat", "tools"});
    describe(1, "LLM", {"generate"});
    describe(2, "embedding", nullptr);
    describe(3, "rerank", nullptr);
    describe(4, "audio", {"audio2text"});
    describe(5, "image", {"text2image"});
    describe(6, "audio", {"text2audio"});
    return Reply::json(200, list.dump());
  }

  Reply generate(const Asked& asked) override {
    const json body = parsed(asked);
    if (body.is_discarded()) return FastApiServer::generate(asked);
    const json list = json::parse(models().body)["data"];
    const std::string name = body.value("model", "");
    if (std::ranges::none_of(list, [&](const json& each) { return each["id"] == name; }))
      return Reply::json(400, R"({"detail":"Model not found in the model list, uid: x"})");
    violate("generated", asked);
    return Reply::json(200, "{}");
  }
};

}  // namespace pointsman::test
