#pragma once

#include "fast_api.hpp"

namespace pointsman::test {

// LMDeploy: a route for embeddings that refuses whatever is asked, and a GET that ends the server.
class LmdeployServer : public FastApiServer {
 public:
  LmdeployServer() {
    owner = "lmdeploy";
    offered = {"/v1/chat/completions", "/v1/completions", "/v1/embeddings"};
  }
  bool has_responses = false;  // since 0.14, and messages

  Reply answer(const Asked& asked) override {
    if (has_responses) offered.merge(std::set<std::string>{"/v1/responses", "/v1/messages"});
    return FastApiServer::answer(asked);
  }

 protected:
  Reply own_page(const Asked& asked) override {
    if (asked.path == "/terminate" || asked.path == "/sleep") violate("ended the server", asked);
    return asked.line() == "GET /health" ? Reply::text(200, "") : not_found();
  }

  Reply generate(const Asked& asked) override {
    const json body = parsed(asked);
    if (asked.path == "/v1/embeddings" || body.is_discarded() || !asks_for_something(body))
      return Reply::json(400,
                         R"({"message":"Unsupported","type":"invalid_request_error","code":400,"object":"error"})");
    if (body.contains("model") && body["model"] != "org/model")
      return Reply::json(404, R"({"message":"The model 'x' does not exist.","code":404,"object":"error"})");
    violate("generated", asked);
    return Reply::json(200, "{}");
  }
};

}  // namespace pointsman::test
