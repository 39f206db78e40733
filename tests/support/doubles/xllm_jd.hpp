#pragma once

#include "double.hpp"

namespace pointsman::test {

// xLLM of JD, on brpc: a route runs for every method, and wants a Content-Length. With what status it refuses malformed
// JSON nobody has seen.
class XllmJdServer : public Double {
 public:
  XllmJdServer() {
    offered = {"/v1/chat/completions", "/v1/completions", "/v1/embeddings", "/v1/rerank", "/v1/messages"};
  }
  int refusal = 400;

  Reply answer(const Asked& asked) override {
    if (asked.line() == "GET /v1/models") return Reply::json(200, openai_list({"Qwen3-8B"}, "xllm"));
    if (!is_route(asked)) {
      return Reply::text(404, "Fail to find method on `" + asked.path + "'");
    }
    if (asked.header("content-length").empty()) violate("ran a request without a body", asked);
    if (parsed(asked).is_discarded()) {
      return Reply::text(refusal, "[E1003]Fail to parse http body as json: Missing a name for object member.");
    }
    violate("generated", asked);
    return Reply::json(200, "{}");
  }
};

}  // namespace pointsman::test
