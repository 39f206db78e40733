#pragma once

#include "hosted.hpp"

namespace pointsman::test {

// Azure OpenAI: flags of what each model can do, and the key in a header of its own or as a bearer's.
class AzureOpenAiServer : public HostedServer {
 protected:
  std::string base() const override { return "/openai/v1"; }
  bool has_key(const Asked& asked) const override {
    return asked.header("api-key") == key || HostedServer::has_key(asked);
  }
  std::string list() const override {
    json data = json::parse(openai_list({"gpt-4o", "text-embedding-3-large"}, "azure"));
    data["data"][0]["capabilities"] = {{"chat_completion", true}, {"completion", false}, {"embeddings", false}};
    data["data"][1]["capabilities"] = {{"chat_completion", false}, {"completion", false}, {"embeddings", true}};
    return data.dump();
  }
  Reply missing(const Asked&) const override {
    return Reply::json(404, R"({"error":{"code":"404","message":"Resource not found"}})");
  }
};

}  // namespace pointsman::test
