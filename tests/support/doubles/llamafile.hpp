#pragma once

#include "double.hpp"

namespace pointsman::test {

// llamafile: llama.cpp's older server in one file, under its own name. Nobody has seen which of the two it does with a
// GET on a POST route: not finding it, as llama.cpp's, or refusing the method.
class LlamafileServer : public Double {
 public:
  LlamafileServer() { offered.merge(std::set<std::string>{"/tokenize", "/detokenize"}); }
  bool refuses_methods = false;

  Reply answer(const Asked& asked) override { return from("llamafile/0.9.2", page(asked)); }

 private:
  Reply page(const Asked& asked) {
    if (asked.method == "OPTIONS") return {200, "", {}};
    if (asked.line() == "GET /v1/models") return Reply::json(200, openai_list({"LLaMA_CPP"}, "llamacpp"));
    const bool offers = is_route(asked) && asked.path != "/v1/responses";
    if (offers && asked.method != "POST" && refuses_methods) return Reply::text(405, "Method Not Allowed");
    if (!offers || asked.method != "POST") return Reply::text(404, "File Not Found");
    if (parsed(asked).is_discarded())
      return Reply::text(500, "500 Internal Server Error\n[json.exception.parse_error.101] parse error at line 1");
    violate("generated", asked);
    return Reply::json(200, "{}");
  }
};

}  // namespace pointsman::test
