#pragma once

#include <atomic>

#include "double.hpp"

namespace pointsman::test {

// llama-server b11669, seen running.
class LlamaServer : public Double {
 public:
  bool embeddings = false;
  bool loading = false;
  bool router = false;
  bool props_hidden = false;
  std::string key;
  std::atomic<bool> sleeping{false};

  Reply answer(const Asked& asked) override { return from("llama.cpp", page(asked)); }

 private:
  static Reply error(int status, const std::string& message, const std::string& type) {
    return Reply::json(status, json{{"error", {{"code", status}, {"message", message}, {"type", type}}}}.dump());
  }

  Reply page(const Asked& asked) {
    if (loading) return error(503, "Loading model", "unavailable_error");
    if (!key.empty() && asked.path != "/health" && asked.header("authorization") != "Bearer " + key) {
      return error(401, "Invalid API Key", "authentication_error");
    }
    if (asked.line() == "GET /v1/models") return models();
    if (asked.line() == "GET /props" && !props_hidden) return props();
    if (asked.line() == "GET /slots" && sleeping) violate("woke a sleeping server", asked);
    if (asked.method == "POST" && is_route(asked)) return route(asked);
    return error(404, "File Not Found", "not_found_error");
  }

  Reply models() const {
    if (router) return Reply::json(200, openai_list({"tiny", "tiny-embed"}, "llamacpp"));
    json model{{"id", "tiny"}, {"object", "model"}, {"created", 1795370550}, {"owned_by", "llamacpp"}};
    model["meta"] = {{"n_ctx", 2048}, {"n_ctx_train", 4096}, {"n_params", 29024}};
    return Reply::json(200, json{{"models", {{{"name", "tiny"}}}}, {"object", "list"}, {"data", {model}}}.dump());
  }

  Reply props() const {
    json props{{"build_info", "b11669-Debian"}, {"total_slots", 4}};
    if (router) {
      props["role"] = "router";
    } else {
      props["is_sleeping"] = sleeping.load();
    }
    return Reply::json(200, props.dump());
  }

  Reply route(const Asked& asked) {
    if (sleeping.exchange(false)) violate("woke a sleeping server", asked);
    if (asked.path == "/v1/embeddings" && !embeddings && !router) {
      return error(501, "This server does not support embeddings. Start it with `--embeddings`", "not_supported_error");
    }
    const json body = parsed(asked);
    if (body.is_discarded()) return error(400, "[json.exception.parse_error.101] parse error", "invalid_request_error");
    if (router && body.contains("model")) violate("loaded a model", asked);
    if (body.contains("messages") || body.contains("prompt") || body.contains("input")) violate("generated", asked);
    return error(400, router ? "model name is missing" : "'messages' is required", "invalid_request_error");
  }
};

}  // namespace pointsman::test
