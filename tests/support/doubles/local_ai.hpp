#pragma once

#include "double.hpp"

namespace pointsman::test {

// LocalAI: emulates Ollama's version; GET /v1/responses is a WebSocket; a body without a model takes the first model.
class LocalAiServer : public Double {
 public:
  LocalAiServer() {
    offered.merge(std::set<std::string>{"/v1/moderations", "/v1/rerank", "/v1/audio/speech", "/v1/audio/transcriptions",
                                        "/v1/images/generations", "/v1/messages"});
  }
  bool well_known = true;    // older versions have no such page
  bool capabilities = true;  // nor this list
  bool responses = true;     // since 3.10.0, and messages
  bool guarded = false;      // only administrators may see what is loaded
  bool ollama_root = false;  // can be asked to greet as an Ollama

  Reply answer(const Asked& asked) override {
    if (asked.method == "OPTIONS") return {204, "", {}};
    if (asked.line() == "GET /" && ollama_root) return Reply::text(200, "Ollama is running");
    if (asked.line() == "GET /v1/models") {
      return Reply::json(200, R"({"object":"list","data":[{"id":"gpt-4","object":"model"},)"
                              R"({"id":"bert","object":"model"},{"id":"whisper-1","object":"model"}]})");
    }
    if (asked.line() == "GET /.well-known/localai.json" && well_known) {
      return Reply::json(200, R"x({"version":"v3.10.0 (abc)","endpoints":{"models":"/v1/models"}})x");
    }
    if (asked.line() == "GET /v1/models/capabilities" && capabilities) {
      return Reply::json(200, R"({"object":"list","data":[{"id":"gpt-4","capabilities":["chat","completion","tools"]},)"
                              R"({"id":"bert","capabilities":["embeddings"]},)"
                              R"({"id":"whisper-1","capabilities":["transcript"]}]})");
    }
    if (asked.line() == "GET /system") {
      return guarded ? Reply::json(401, R"({"error":{"code":401,"message":"unauthorized"}})")
                     : Reply::json(200, R"({"backends":["llama-cpp"],"loaded_models":[{"id":"bert"}]})");
    }
    if (asked.line() == "GET /api/version") return Reply::json(200, R"({"version":"0.9.0"})");
    const bool is_newer = asked.path == "/v1/responses" || asked.path == "/v1/messages";
    const bool offers = is_route(asked) && (!is_newer || responses);
    if (!offers) return Reply::json(404, R"({"error":{"code":404,"message":"Resource not found","type":""}})");
    if (asked.line() == "GET /v1/responses") {
      violate("began a WebSocket", asked);
      return Reply::json(426, R"({"error":{"message":"Upgrade Required"}})");
    }
    if (asked.method != "POST") return Reply::json(405, R"({"error":{"code":405,"message":"Method Not Allowed"}})");
    const json body = parsed(asked);
    if (body.is_discarded()) return Reply::json(400, R"({"error":{"code":400,"message":"unexpected EOF"}})");
    if (body.contains("model") && body["model"] != "gpt-4" && body["model"] != "bert")
      return Reply::json(404, R"({"error":{"code":404,"message":"model not found"}})");
    violate("loaded the first available model", asked);
    return Reply::json(200, "{}");
  }
};

}  // namespace pointsman::test
