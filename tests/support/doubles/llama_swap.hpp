#pragma once

#include "double.hpp"

namespace pointsman::test {

// llama-swap: starts a server for any model that a request names, and acts on some GETs. Older versions do not tell a
// wrong method from a missing page.
class LlamaSwapServer : public Double {
 public:
  LlamaSwapServer() {
    offered.merge(std::set<std::string>{"/v1/messages", "/v1/messages/count_tokens", "/v1/rerank", "/v1/audio/speech",
                                        "/v1/audio/transcriptions", "/v1/images/generations", "/v1/images/edits"});
  }
  bool is_old = false;

  Reply answer(const Asked& asked) override {
    if (asked.method == "OPTIONS") return {204, "", {}};
    if (asked.line() == "GET /unload") violate("unloaded by a GET", asked);
    if (asked.path.starts_with("/upstream/")) violate("started a server", asked);
    if (asked.path.starts_with("/v1/audio/voices")) violate("started a server", asked);
    if (asked.line() == "GET /v1/models") return models();
    if (asked.line() == "GET /api/version" && !is_old)
      return Reply::json(200, R"({"version":"210","commit":"abc","build_date":"2026"})");
    if (asked.line() == "GET /running") {
      return Reply::json(200, R"({"running":[{"model":"qwen","state":"ready","cmd":"llama-server"},)"
                              R"({"model":"embed","state":"starting","cmd":"llama-server"}]})");
    }
    if (!is_route(asked)) return Reply::text(404, "404 page not found");
    if (asked.method != "POST") {
      return is_old ? Reply::text(404, "404 page not found") : allowed(Reply::text(405, "Method Not Allowed"), "POST");
    }
    const json body = parsed(asked);
    if (!body.is_object() || !body.contains("model"))
      return Reply::json(400, R"({"error":"missing or invalid 'model' key"})");
    violate("started a server", asked);
    return Reply::json(200, "{}");
  }

 private:
  static Reply models() {
    json list = json::parse(openai_list({"embed", "far", "qwen"}, "llama-swap"));
    list["data"][1]["meta"] = {{"llamaswap", {{"peerID", "other"}}}};
    return Reply::json(200, list.dump());
  }
};

}  // namespace pointsman::test
