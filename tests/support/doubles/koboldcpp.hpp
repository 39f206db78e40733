#pragma once

#include "double.hpp"

namespace pointsman::test {

// KoboldCpp: 404 to any GET of a POST route, 500 to malformed JSON, and tokens for "{}".
class KoboldCppServer : public Double {
 public:
  Reply answer(const Asked& asked) override { return from("ConcedoLlamaForKoboldServer", page(asked)); }

 private:
  Reply page(const Asked& asked) {
    if (asked.line() == "GET /v1/models") return Reply::json(200, openai_list({"koboldcpp/tiny"}, "koboldcpp"));
    if (asked.line() == "GET /api/version") return Reply::json(200, R"({"version":"0.7.0"})");
    if (asked.method != "POST" || !is_route(asked))
      return Reply::text(404, "Error: KoboldCpp HTTP Server is running, but this endpoint does not exist.");
    if (parsed(asked).is_discarded()) {
      return Reply::json(500, R"({"detail":{"msg":"Error parsing input.","type":"bad_input"}})");
    }
    violate("generated", asked);
    return Reply::json(200, "{}");
  }
};

}  // namespace pointsman::test
