#pragma once

#include "axum.hpp"
#include "fast_api.hpp"

namespace pointsman::test {

inline const char* const vllm_model = "meta-llama/Llama-3.1-8B";

inline Reply vllm_models() {
  json model{{"id", vllm_model}, {"object", "model"}, {"created", 1763000000}, {"owned_by", "vllm"}};
  model["max_model_len"] = 131072;
  return Reply::json(200, json{{"object", "list"}, {"data", {model}}}.dump());
}

// vLLM 0.11, with or without its OpenAPI document. One that is older has every route, whatever its model can do, and
// refuses with 200; a newer one has the routes of its model's tasks.
class VllmServer : public FastApiServer {
 public:
  VllmServer() {
    owner = "vllm";
    offered = {"/v1/chat/completions", "/v1/completions", "/v1/responses", "/v1/messages", "/tokenize", "/detokenize"};
  }
  std::string key;
  bool has_every_route = false;
  bool logs_stats = true;
  std::string cache_metric = "vllm:kv_cache_usage_perc";

  Reply answer(const Asked& asked) override {
    if (has_every_route) {
      offered.merge(
          std::set<std::string>{"/v1/embeddings", "/v1/rerank", "/v1/audio/transcriptions", "/v1/audio/translations"});
    }
    const bool is_guarded = asked.path.starts_with("/v1") && !key.empty();
    if (is_guarded && asked.header("authorization") != "Bearer " + key) {
      return from("uvicorn", Reply::json(401, R"({"error":"Unauthorized"})"));
    }
    return from("uvicorn", page(asked));
  }

 protected:
  Reply own_page(const Asked& asked) override {
    if (asked.line() == "GET /version") return Reply::json(200, R"({"version":"0.11.2"})");
    if (asked.line() == "GET /load") return Reply::json(200, R"({"server_load":0})");
    if (asked.line() == "GET /metrics") return Reply::text(200, logs_stats ? metrics() : "");
    const bool acts = asked.path == "/sleep" || asked.path == "/wake_up" || asked.path == "/reset_prefix_cache";
    if (acts) violate("used a route of its own that acts", asked);
    return not_found();
  }

  Reply models() override { return vllm_models(); }

  Reply generate(const Asked& asked) override {
    const json body = parsed(asked);
    if (body.is_discarded())
      return Reply::json(400, R"({"error":{"message":"JSON decode error","type":"Bad Request"}})");
    if (!asks_for_something(body))
      return Reply::json(400, R"({"error":{"message":"Field required","type":"Bad Request"}})");
    const bool is_unknown = body.contains("model") && body["model"] != vllm_model;
    if (is_unknown)
      return Reply::json(404, R"({"error":{"message":"The model does not exist","type":"NotFoundError"}})");
    if (asked.path == "/v1/embeddings")
      return Reply::json(200, R"({"object":"error","message":"The model does not support Embeddings API","code":400})");
    violate("generated with the default model", asked);
    return Reply::json(200, "{}");
  }

 private:
  std::string metrics() const {
    return "# TYPE vllm:num_requests_running gauge\n"
           "vllm:num_requests_running{engine=\"0\",model_name=\"m\"} 3.0\n"
           "vllm:num_requests_running{engine=\"1\",model_name=\"m\"} 1.0\n"
           "vllm:num_requests_waiting{engine=\"0\",model_name=\"m\"} 2.0\n"
           "vllm:num_requests_waiting{engine=\"1\",model_name=\"m\"} 0.0\n" +
           cache_metric + "{engine=\"0\",model_name=\"m\"} 0.25\n" + cache_metric +
           "{engine=\"1\",model_name=\"m\"} 0.5\n";
  }
};

// vLLM's front end in Rust: fewer routes, no OpenAPI document. Whether it has a page with its version nobody has seen.
class VllmRustServer : public AxumServer {
 public:
  VllmRustServer() { offered = {"/v1/chat/completions", "/v1/completions"}; }
  bool tells_version = false;

 protected:
  Reply own_page(const Asked& asked) override {
    const bool is_version = asked.line() == "GET /version" && tells_version;
    return is_version ? Reply::json(200, R"({"version":"0.14.0"})") : not_found();
  }
  Reply models() override { return vllm_models(); }
};

}  // namespace pointsman::test
