#pragma once

#include "double.hpp"

namespace pointsman::test {

// A FastAPI application: what vLLM, SGLang, LMDeploy and the like are built with.
class FastApiServer : public Double {
 public:
  FastApiServer() { offered = {"/v1/chat/completions", "/v1/completions"}; }
  std::string owner = "somebody";
  bool has_openapi = true;
  std::string openapi_version = "1.2.3";

  Reply answer(const Asked& asked) override { return from("uvicorn", page(asked)); }

 protected:
  virtual Reply own_page(const Asked&) { return not_found(); }
  static Reply not_found() { return Reply::json(404, R"({"detail":"Not Found"})"); }

  virtual Reply models() { return Reply::json(200, openai_list({"org/model"}, owner)); }

  virtual Reply generate(const Asked& asked) {
    const json body = parsed(asked);
    if (body.is_discarded())
      return Reply::json(422, R"({"detail":[{"type":"json_invalid","msg":"JSON decode error"}]})");
    violate("generated", asked);
    return Reply::json(200, "{}");
  }

  Reply page(const Asked& asked) {
    if (asked.path == "/v1/models") return asked.method == "GET" ? models() : wrong_method("GET");
    if (asked.line() == "GET /openapi.json" && has_openapi) return openapi();
    if (offered.contains(asked.path)) return asked.method == "POST" ? generate(asked) : wrong_method("POST");
    if (asked.method == "GET" && is_stored_response(asked)) violate("looked for a stored response", asked);
    return own_page(asked);
  }

  static Reply wrong_method(const std::string& right) {
    return allowed(Reply::json(405, R"({"detail":"Method Not Allowed"})"), right);
  }

  virtual Reply openapi() const {
    json paths{{"/v1/models", {{"get", json::object()}}}, {"/ping", {{"get", json::object()}}}};
    for (const auto& path : offered) paths[path] = {{"post", json::object()}};
    return Reply::json(
        200,
        json{{"openapi", "3.1.0"}, {"info", {{"title", "FastAPI"}, {"version", openapi_version}}}, {"paths", paths}}
            .dump());
  }
};

}  // namespace pointsman::test
