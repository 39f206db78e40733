#pragma once

#include "double.hpp"

namespace pointsman::test {

// An axum application, as TGI or mistral.rs: an empty 404, an empty 405 with Allow, words for a bad body.
class AxumServer : public Double {
 public:
  Reply answer(const Asked& asked) override {
    if (asked.line() == "GET /v1/models") return Reply::json(200, openai_list({"default"}, "local"));
    if (!is_route(asked) || asked.path == "/v1/embeddings") return {404, "", {}};
    if (asked.method != "POST") return allowed({405, "", {}}, "POST");
    if (parsed(asked).is_discarded())
      return Reply::text(400, "Failed to parse the request body as JSON: EOF while parsing");
    violate("generated", asked);
    return Reply::json(200, "{}");
  }
};

}  // namespace pointsman::test
