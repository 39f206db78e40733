#pragma once

#include <atomic>

#include "double.hpp"

namespace pointsman::test {

// llama-server b11669, seen running.
class LlamaServer : public Double {
 public:
  LlamaServer() {
    offered.merge(std::set<std::string>{"/v1/responses/input_tokens", "/v1/rerank", "/v1/audio/transcriptions",
                                        "/v1/messages", "/v1/messages/count_tokens", "/tokenize", "/detokenize"});
  }
  bool embeddings = false;
  bool reranking = false;
  bool hears = false;
  bool loading = false;
  bool router = false;
  bool props_hidden = false;
  bool metrics = false;
  int running = 0;
  int deferred = 0;
  std::string key;
  std::atomic<bool> sleeping{false};
  std::map<std::string, std::string> statuses{{"tiny", "unloaded"}, {"tiny-embed", "unloaded"}};  // of a router

  Reply answer(const Asked& asked) override { return from("llama.cpp", page(asked)); }

 private:
  static Reply error(int status, const std::string& message, const std::string& type) {
    return Reply::json(status, json{{"error", {{"code", status}, {"message", message}, {"type", type}}}}.dump());
  }

  Reply page(const Asked& asked) {
    if (loading) return error(503, "Loading model", "unavailable_error");
    if (asked.method == "OPTIONS") return {200, "", {}};
    if (!key.empty() && asked.path != "/health" && asked.header("authorization") != "Bearer " + key) {
      return error(401, "Invalid API Key", "authentication_error");
    }
    if (asked.line() == "GET /health") return Reply::json(200, R"({"status":"ok"})");
    if (asked.line() == "GET /v1/models") return models();
    if (asked.line() == "GET /props" && !props_hidden) return props();
    if (asked.line().starts_with("GET /slots")) return slots(asked);
    if (asked.line().starts_with("GET /metrics")) return metrics_page(asked);
    if (asked.method == "POST" && is_route(asked)) return route(asked);
    return error(404, "File Not Found", "not_found_error");
  }

  // What it says of the modalities says nothing about embeddings.
  static json entry(const std::string& id) {
    return {{"id", id},
            {"object", "model"},
            {"created", 1795370550},
            {"owned_by", "llamacpp"},
            {"architecture", {{"input_modalities", {"text"}}, {"output_modalities", {"text"}}}}};
  }

  Reply models() const {
    json data = json::array();
    if (router) {
      for (const auto& [id, status] : statuses) {
        data.push_back(entry(id));
        data.back()["status"] = {{"value", status}};
      }
      return Reply::json(200, json{{"object", "list"}, {"data", data}}.dump());
    }
    data.push_back(entry("tiny"));
    data.back()["meta"] = {{"n_ctx", 2048}, {"n_ctx_train", 4096}, {"n_params", 29024}};
    return Reply::json(200, json{{"models", {{{"name", "tiny"}}}}, {"object", "list"}, {"data", data}}.dump());
  }

  Reply props() const {
    json props{{"build_info", "b11669-Debian"}};
    if (router) {
      props["role"] = "router";
    } else {
      props["total_slots"] = 4;
      props["endpoint_metrics"] = metrics;
      props["is_sleeping"] = sleeping.load();
    }
    return Reply::json(200, props.dump());
  }

  // Without a model's name a router has no slots to tell of; with it, it loads the model.
  Reply of_a_router(const Asked& asked) {
    if (asked.path.find("model=") != std::string::npos) violate("loaded a model", asked);
    return error(400, "model name is missing from the request", "invalid_request_error");
  }

  Reply slots(const Asked& asked) {
    if (router) return of_a_router(asked);
    const bool was_asleep = sleeping.exchange(false);
    violate(was_asleep ? "woke a sleeping server" : "kept it from falling asleep", asked);
    return Reply::json(200, R"([{"id":0,"n_ctx":2048,"is_processing":false}])");
  }

  Reply metrics_page(const Asked& asked) {
    if (router) return of_a_router(asked);
    if (!metrics) return error(501, "This server does not support metrics endpoint.", "not_supported_error");
    return Reply::text(200, "# TYPE llamacpp:requests_processing gauge\nllamacpp:requests_processing " +
                                std::to_string(running) + "\nllamacpp:requests_deferred " + std::to_string(deferred) +
                                "\n");
  }

  // Why its one model is not made for a route; "": it is. A router has none to ask.
  std::string what_it_cannot(const std::string& path) const {
    if (router) return "";
    if (path == "/v1/embeddings" && !embeddings)
      return "This server does not support embeddings. Start it with `--embeddings`";
    if (path == "/v1/rerank" && !reranking)
      return "This server does not support reranking. Start it with `--reranking`";
    if (path == "/v1/audio/transcriptions" && !hears) return "The current model does not support audio input.";
    return "";
  }

  Reply route(const Asked& asked) {
    if (sleeping.exchange(false)) violate("woke a sleeping server", asked);
    if (const std::string cannot = what_it_cannot(asked.path); !cannot.empty()) {
      return error(501, cannot, "not_supported_error");
    }
    const json body = parsed(asked);
    const bool is_token_work = asked.path == "/tokenize" || asked.path == "/detokenize";
    if (is_token_work && body.is_object()) return Reply::json(200, R"({"tokens":[]})");
    if (body.is_discarded()) return error(400, "[json.exception.parse_error.101] parse error", "invalid_request_error");
    if (router && body.contains("model")) violate("loaded a model", asked);
    if (body.contains("messages") || body.contains("prompt") || body.contains("input")) violate("generated", asked);
    return error(400, router ? "model name is missing" : "'messages' is required", "invalid_request_error");
  }
};

}  // namespace pointsman::test
