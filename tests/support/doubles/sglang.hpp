#pragma once

#include "fast_api.hpp"

namespace pointsman::test {

// SGLang: every route whatever the model can do, no look at the model's name, and GETs that generate, drop and tell.
class SglangServer : public FastApiServer {
 public:
  SglangServer() {
    owner = "sglang";
    offered = {"/v1/chat/completions", "/v1/completions", "/v1/responses",
               "/v1/embeddings",       "/v1/rerank",      "/v1/audio/transcriptions",
               "/v1/messages",         "/tokenize",       "/detokenize",
               "/v1/tokenize",         "/v1/detokenize",  "/v1/messages/count_tokens"};
  }
  bool generates = true;
  std::optional<bool> hears;  // older ones do not say
  bool is_old = false;        // the old name of /model_info, no /v1/loads
  bool has_metrics = false;   // --enable-metrics

 protected:
  Reply own_page(const Asked& asked) override {
    const std::set<std::string> harmful{"/health", "/health_generate", "/flush_cache", "/server_info",
                                        "/get_server_info"};
    if (harmful.contains(asked.path)) violate("generated, dropped or told what it should not", asked);
    if (asked.method != "GET") return not_found();
    if (asked.path == "/") return Reply::text(200, "SGLang is running");
    if (asked.path == (is_old ? "/get_model_info" : "/model_info")) {
      json info{{"model_path", "org/model"}, {"is_generation", generates}};
      if (hears) info["has_audio_understanding"] = *hears;
      return Reply::json(200, info.dump());
    }
    if (asked.path == "/v1/loads" && !is_old) return Reply::json(200, loads());
    if (asked.path == "/metrics" && has_metrics) return Reply::text(200, metrics());
    return not_found();
  }

  Reply generate(const Asked& asked) override {
    const json body = parsed(asked);
    if (body.is_discarded() || !asks_for_something(body))
      return Reply::json(400, R"({"object":"error","message":"body","type":"BadRequestError","code":400})");
    violate("generated", asked);
    return Reply::json(200, "{}");
  }

 private:
  static std::string loads() {
    const json first{{"dp_rank", 0}, {"num_running_reqs", 4}, {"num_waiting_reqs", 1}, {"token_usage", 0.5}};
    const json second{{"dp_rank", 1}, {"num_running_reqs", 2}, {"num_waiting_reqs", 0}, {"token_usage", 0.75}};
    return json{{"version", "0.5.9"}, {"num_accelerators", 2}, {"loads", {first, second}}}.dump();
  }
  static std::string metrics() {
    return "sglang:num_running_reqs{model_name=\"m\"} 5.0\nsglang:num_queue_reqs{model_name=\"m\"} 3.0\n"
           "sglang:token_usage{model_name=\"m\"} 0.125\n";
  }
};

}  // namespace pointsman::test
