#pragma once

#include "fast_api.hpp"

namespace pointsman::test {

// TabbyAPI: all routes are there whatever is loaded. An administrator's key sees all models on the disk.
class TabbyApiServer : public FastApiServer {
 public:
  TabbyApiServer() {
    owner = "tabbyAPI";
    offered = {"/v1/chat/completions", "/v1/completions", "/v1/embeddings"};
  }
  std::string loaded = "Qwen3-8B-exl3";  // empty: none
  std::string embedding;
  bool sees_all = false;
  std::string key;

  Reply answer(const Asked& asked) override {
    const bool has_key = asked.header("authorization") == "Bearer " + key || asked.header("x-api-key") == key;
    if (asked.path.starts_with("/v1") && !key.empty() && !has_key) {
      return from("uvicorn", Reply::json(401, R"({"detail":"Please provide an API key"})"));
    }
    return from("uvicorn", page(asked));
  }

 protected:
  Reply models() override {
    std::vector<std::string> ids;
    if (sees_all) {
      ids = {"Qwen3-8B-exl3", "nomic-embed", "Mistral-7B-exl2"};
    } else if (!loaded.empty()) {
      ids = {loaded};
    }
    return Reply::json(200, openai_list(ids, owner));
  }

  Reply own_page(const Asked& asked) override {
    if (asked.line() == "GET /.well-known/serviceinfo")
      return Reply::json(200, R"({"version":0.1,"software":{"name":"TabbyAPI"}})");
    if (asked.line() == "GET /v1/model")
      return card(loaded, R"(,"parameters":{"max_seq_len":4096,"max_batch_size":8})");
    if (asked.line() == "GET /v1/model/embedding") return card(embedding, "");
    if (asked.path == "/v1/model/load" || asked.path == "/v1/model/unload") violate("loaded or unloaded", asked);
    if (asked.path == "/v1/download") violate("started a download", asked);
    return not_found();
  }

 private:
  static Reply card(const std::string& id, const std::string& more) {
    if (id.empty()) return Reply::json(400, R"({"detail":"No models are currently loaded."})");
    return Reply::json(200, R"({"id":")" + id + R"(","object":"model","owned_by":"tabbyAPI")" + more + "}");
  }
};

}  // namespace pointsman::test
