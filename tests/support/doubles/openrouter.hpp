#pragma once

#include "hosted.hpp"

namespace pointsman::test {

// OpenRouter: lists its models to everybody; a request without a model is billed to the account's default.
class OpenRouterServer : public HostedServer {
 protected:
  std::string base() const override { return "/api/v1"; }
  bool has_key(const Asked&) const override { return true; }
  std::string list() const override {
    json data = json::parse(openai_list({"openai/gpt-5", "google/gemini-image", "qwen/embed"}, ""));
    data["data"][0]["architecture"] = {{"output_modalities", json::array({"text"})}};
    data["data"][1]["architecture"] = {{"output_modalities", {"image", "text"}}};
    data["data"][2]["architecture"] = {{"output_modalities", json::array({"embeddings"})}};
    data["data"][0]["context_length"] = 400000;
    data.erase("object");
    return data.dump();
  }
  Reply missing(const Asked&) const override { return {404, "<!DOCTYPE html><html>", {{"Content-Type", "text/html"}}}; }
  Reply more(const Asked& asked) override {
    if (asked.line() != "GET /api/v1/key") return bill(asked);
    if (HostedServer::has_key(asked)) return Reply::json(200, R"({"data":{"label":"sk","limit":null,"usage":1}})");
    return Reply::json(401, R"({"error":{"message":"User not found.","code":401}})");
  }
};

}  // namespace pointsman::test
