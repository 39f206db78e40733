#pragma once

#include "double.hpp"

namespace pointsman::test {

// LocalAI: emulates Ollama's version; GET /v1/responses is a WebSocket; a body without a model takes the first model.
class LocalAiServer : public Double {
 public:
  Reply answer(const Asked& asked) override {
    if (asked.line() == "GET /v1/models")
      return Reply::json(200, R"({"object":"list","data":[{"id":"gpt-4","object":"model"}]})");
    if (asked.line() == "GET /api/version") return Reply::json(200, R"({"version":"0.9.0"})");
    if (asked.line() == "GET /v1/responses") return Reply::json(426, R"({"error":{"message":"Upgrade Required"}})");
    if (!is_route(asked)) {
      return Reply::json(404, R"({"error":{"code":404,"message":"Resource not found","type":""}})");
    }
    if (asked.method != "POST") return Reply::json(405, R"({"error":{"code":405,"message":"Method Not Allowed"}})");
    if (parsed(asked).is_discarded()) return Reply::json(400, R"({"error":{"code":400,"message":"unexpected EOF"}})");
    violate("loaded the first available model", asked);
    return Reply::json(200, "{}");
  }
};

}  // namespace pointsman::test
