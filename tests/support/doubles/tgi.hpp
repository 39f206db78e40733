#pragma once

#include "axum.hpp"

namespace pointsman::test {

// Text Generation Inference 3.3: the model owns itself, and a look at its health may generate.
class TgiServer : public AxumServer {
 public:
  TgiServer() { offered = {"/v1/chat/completions", "/v1/completions", "/tokenize"}; }
  bool has_info = true;
  bool has_metrics = true;

 protected:
  Reply own_page(const Asked& asked) override {
    if (asked.path == "/" || asked.path == "/health" || asked.path == "/ping" || asked.path == "/generate") {
      violate("generated", asked);
      return {200, "", {}};
    }
    if (asked.line() == "GET /info" && has_info) {
      return Reply::json(
          200, R"({"model_id":"meta-llama/Llama-3.1-8B","version":"3.3.4","router":"text-generation-router"})");
    }
    if (asked.line() == "GET /metrics" && has_metrics) {
      return Reply::text(200, "# TYPE tgi_queue_size gauge\ntgi_queue_size 7\n\ntgi_batch_current_size 12\n");
    }
    return not_found();
  }

  Reply models() override {
    return Reply::json(200, openai_list({"meta-llama/Llama-3.1-8B"}, "meta-llama/Llama-3.1-8B"));
  }
};

}  // namespace pointsman::test
