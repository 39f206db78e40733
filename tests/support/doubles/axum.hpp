#pragma once

#include "double.hpp"

namespace pointsman::test {

// An axum application, as TGI, mistral.rs or vLLM's front end in Rust: an empty 404, an empty 405 with Allow, words for
// a bad body.
class AxumServer : public Double {
 public:
  AxumServer() { offered = {"/v1/chat/completions", "/v1/completions", "/v1/responses"}; }
  std::string owner = "local";

  Reply answer(const Asked& asked) override { return page(asked); }

 protected:
  virtual Reply own_page(const Asked&) { return not_found(); }
  static Reply not_found() { return {404, "", {}}; }

  virtual Reply models() { return Reply::json(200, openai_list({"default"}, owner)); }

  virtual Reply generate(const Asked& asked) {
    const json body = parsed(asked);
    if (body.is_discarded())
      return Reply::text(400, "Failed to parse the request body as JSON: EOF while parsing an object at line 1");
    if (!asks_for_something(body))
      return Reply::text(422, "Failed to deserialize the JSON body into the target type: missing field `messages`");
    violate("generated", asked);
    return Reply::json(200, "{}");
  }

  Reply page(const Asked& asked) {
    if (asked.path == "/v1/models") return asked.method == "GET" ? models() : wrong_method("GET,HEAD");
    if (offered.contains(asked.path)) return asked.method == "POST" ? generate(asked) : wrong_method("POST");
    return own_page(asked);
  }

  static Reply wrong_method(const std::string& right) { return allowed({405, "", {}}, right); }
};

}  // namespace pointsman::test
