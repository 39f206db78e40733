#pragma once

#include "double.hpp"

namespace pointsman::test {

// LM Studio: 200 with an error where a route is missing. With `parses_first` it refuses malformed JSON before it
// routes: nobody has seen which of the two it does.
class LmStudioServer : public Double {
 public:
  bool parses_first = false;

  Reply answer(const Asked& asked) override {
    Reply reply = page(asked);
    reply.headers.emplace_back("X-Powered-By", "Express");
    return reply;
  }

 private:
  Reply page(const Asked& asked) {
    if (asked.line() == "GET /v1/models")
      return Reply::json(200, openai_list({"qwen2.5-7b-instruct"}, "organization_owner"));
    const bool is_malformed = asked.method == "POST" && parsed(asked).is_discarded();
    if (is_malformed && parses_first) return Reply::json(400, R"({"error":"Unexpected end of JSON input"})");
    const bool offers = is_route(asked) && asked.path != "/v1/responses" && asked.method == "POST";
    if (!offers) {
      return Reply::json(200, R"x({"error":"Unexpected endpoint or method. ()x" + asked.line() + R"x()"})x");
    }
    if (is_malformed) return Reply::json(400, R"({"error":"Unexpected end of JSON input"})");
    const json body = parsed(asked);
    if (body.contains("messages") || body.contains("input")) violate("generated with the one loaded model", asked);
    return Reply::json(400, R"({"error":"'messages' field is required"})");
  }
};

}  // namespace pointsman::test
