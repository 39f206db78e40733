#pragma once

#include "double.hpp"

namespace pointsman::test {

// Docker Model Runner: text for errors, 404 to any GET of a POST route, and a backend for any real model.
class DockerModelRunnerServer : public Double {
 public:
  DockerModelRunnerServer() {
    offered.merge(std::set<std::string>{"/v1/rerank", "/v1/images/generations", "/v1/messages"});
  }
  bool has_responses = true;  // and messages
  bool has_ps = true;

  Reply answer(const Asked& asked) override {
    if (asked.line() == "GET /") return Reply::text(200, "Docker Model Runner is running");
    if (asked.line() == "GET /version") return Reply::json(200, R"({"version":"v1.0.12"})");
    if (asked.line() == "GET /api/version") return Reply::json(200, R"({"version":"0.1.0"})");
    if (asked.line() == "GET /engines/ps" && has_ps) {
      return Reply::json(200, R"([{"backend_name":"llama.cpp","model_name":"ai/smollm2:latest","mode":"completion",)"
                              R"("in_use":true},{"backend_name":"llama.cpp","model_name":"ai/mxbai-embed-large",)"
                              R"("mode":"embedding","loading":true}])");
    }
    if (asked.line() == "POST /engines/install-backend") violate("started a download", asked);
    if (asked.line() == "POST /engines/unload") violate("unloaded", asked);
    const std::string path = below_v1(asked.path);
    if (asked.method == "GET" && path == "/v1/models") {
      return Reply::json(200, openai_list({"docker.io/ai/smollm2:latest", "ai/mxbai-embed-large"}, "docker"));
    }
    const Asked at_v1{asked.method, path, asked.body, asked.headers};
    const bool is_newer = path == "/v1/responses" || path == "/v1/messages";
    const bool offers = is_route(at_v1) && (!is_newer || has_responses);
    if (!offers || asked.method != "POST") return Reply::text(404, "not found");
    const json body = parsed(asked);
    if (body.is_discarded()) return Reply::text(400, "invalid request");
    if (!body.contains("model")) return Reply::text(400, "model is required");
    if (body["model"] != "ai/mxbai-embed-large") return Reply::text(404, "model not found");
    violate("scheduled a backend", asked);
    return Reply::json(200, "{}");
  }

 private:
  // /engines/v1/… and /engines/llama.cpp/v1/… are the same as /v1/….
  static std::string below_v1(const std::string& path) {
    for (const char* engine : {"/engines/llama.cpp", "/engines"}) {
      const std::string prefix = std::string(engine) + "/v1";
      if (path.starts_with(prefix + "/")) return "/v1" + path.substr(prefix.size());
    }
    return path;
  }
};

}  // namespace pointsman::test
