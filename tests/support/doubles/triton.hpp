#pragma once

#include "fast_api.hpp"

namespace pointsman::test {

// Triton's OpenAI front end.
class TritonServer : public FastApiServer {
 public:
  TritonServer() {
    owner = "Triton Inference Server";
    offered = {"/v1/chat/completions", "/v1/completions", "/v1/embeddings"};
  }

 protected:
  Reply models() override { return Reply::json(200, openai_list({"llama-3.1-8b"}, owner)); }

  Reply generate(const Asked& asked) override {
    const json body = parsed(asked);
    if (body.is_discarded() || !asks_for_something(body) || !body.contains("model"))
      return Reply::json(422, R"({"detail":[{"type":"missing","msg":"Field required"}]})");
    if (body["model"] != "llama-3.1-8b") return Reply::json(400, R"({"detail":"Unknown model: x"})");
    violate("generated", asked);
    return Reply::json(200, "{}");
  }
};

}  // namespace pointsman::test
