#pragma once

#include "fast_api.hpp"

namespace pointsman::test {

// trtllm-serve of TensorRT-LLM: a GET generates, and others hand out what then is gone.
class TrtllmServer : public FastApiServer {
 public:
  TrtllmServer() {
    owner = "tensorrt_llm";
    offered = {"/v1/chat/completions", "/v1/completions", "/v1/responses"};
  }

 protected:
  Reply own_page(const Asked& asked) override {
    if (asked.path == "/health_generate" || asked.path == "/perf_metrics" || asked.path == "/metrics") {
      violate("generated, or took figures from others", asked);
    }
    return asked.line() == "GET /version" ? Reply::json(200, R"({"version":"1.2.0"})") : not_found();
  }

  Reply generate(const Asked& asked) override {
    const json body = parsed(asked);
    if (body.is_discarded() || !asks_for_something(body))
      return Reply::json(400, R"({"object":"error","message":"[]","type":"BadRequestError","code":400})");
    violate("generated", asked);
    return Reply::json(200, "{}");
  }
};

}  // namespace pointsman::test
