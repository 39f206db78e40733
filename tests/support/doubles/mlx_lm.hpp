#pragma once

#include "double.hpp"

namespace pointsman::test {

// mlx-lm on Python's own HTTP server: needs a Content-Length, and drops the connection on "{}".
class MlxLmServer : public Double {
 public:
  Reply answer(const Asked& asked) override { return from("BaseHTTP/0.6 Python/3.12.3", page(asked)); }

 private:
  Reply page(const Asked& asked) {
    if (asked.method == "OPTIONS") return {204, "", {}};
    if (asked.line() == "GET /health") return Reply::json(200, R"({"status": "ok"})");
    if (asked.line() == "GET /v1/models") {
      return Reply::json(200, R"({"object":"list","data":[{"id":"mlx-community/Llama-3.2-3B-Instruct-4bit",)"
                              R"("object":"model","created":1795000000}]})");
    }
    const bool offers = asked.path == "/v1/chat/completions" || asked.path == "/v1/completions";
    if (!offers || asked.method != "POST") return Reply::json(404, "Not Found");
    if (asked.header("content-length").empty()) return Reply::json(411, R"({"error":"Content-Length required"})");
    const json body = parsed(asked);
    if (body.is_discarded()) return Reply::json(400, R"({"error":"Invalid JSON in request body: Expecting"})");
    if (body.contains("model")) violate("loaded or downloaded a model", asked);
    violate(body.empty() ? "broke it" : "generated", asked);
    return Reply{.raw = "\r\n"};
  }
};

}  // namespace pointsman::test
