#pragma once

#include <algorithm>

#include "double.hpp"

namespace pointsman::test {

// Ollama, by its version.
class OllamaServer : public Double {
 public:
  int minor = 13;
  int patch = 5;
  bool tags_have_capabilities = false;
  std::vector<std::string> models{"llama3.2:3b", "nomic-embed-text:latest"};
  std::vector<std::string> loaded{"nomic-embed-text:latest"};

  Reply answer(const Asked& asked) override {
    if (asked.method == "OPTIONS") return {204, "", {}};
    if (asked.line() == "GET /") return Reply::text(200, "Ollama is running");
    if (asked.line() == "GET /api/version") return Reply::json(200, R"({"version":")" + version() + "\"}");
    if (asked.line() == "GET /api/tags") return tags();
    if (asked.line() == "GET /api/ps") return running();
    if (asked.line() == "POST /api/show") return show(asked);
    if (asked.line() == "GET /v1/models") return list();
    if (has_route(asked.path)) return asked.method == "POST" ? generate(asked) : wrong_method();
    if (asked.path.starts_with("/api/")) violate("used a route of its own that acts", asked);
    return Reply::text(404, "404 page not found");
  }

  std::string version() const { return "0." + std::to_string(minor) + "." + std::to_string(patch); }

 private:
  bool has_responses() const { return minor > 13 || (minor == 13 && patch >= 3); }
  bool has_route(const std::string& path) const {
    if (path == "/v1/messages") return minor >= 14;
    if (path == "/v1/audio/transcriptions") return minor >= 20;
    return offered.contains(path) && (path != "/v1/responses" || has_responses());
  }

  Reply wrong_method() const {
    return minor >= 7 ? allowed(Reply::text(405, "405 method not allowed"), "POST")
                      : Reply::text(404, "404 page not found");
  }

  Reply list() const {
    if (models.empty()) return Reply::json(200, R"({"object":"list","data":null})");
    return Reply::json(200, openai_list(models, "library"));
  }

  static json capabilities_of(const std::string& model) {
    if (model.starts_with("nomic")) return json{"embedding"};
    if (model.starts_with("gemma4")) return json{"completion", "audio"};
    return json{"completion", "tools"};
  }

  Reply tags() const {
    json list = json::array();
    for (const auto& model : models) {
      list.push_back({{"name", model}, {"model", model}});
      if (tags_have_capabilities) list.back()["capabilities"] = capabilities_of(model);
    }
    return Reply::json(200, json{{"models", list}}.dump());
  }

  Reply running() const {
    json list = json::array();
    for (const auto& model : loaded) {
      list.push_back({{"name", model}, {"model", model}, {"size_vram", 1000}, {"expires_at", "2026-11-23T00:00:00Z"}});
    }
    return Reply::json(200, json{{"models", list}}.dump());
  }

  Reply show(const Asked& asked) {
    const std::string model = parsed(asked).value("model", "");
    if (model.ends_with("cloud")) violate("asked a paid service", asked);
    json shown{{"details", {{"family", "llama"}}}, {"model_info", {{"general.architecture", "llama"}}}};
    if (minor >= 7) {
      shown["capabilities"] = capabilities_of(model);
    } else if (model.starts_with("nomic")) {
      shown["model_info"]["nomic-bert.pooling_type"] = 1;
    }
    return Reply::json(200, shown.dump());
  }

  Reply generate(const Asked& asked) {
    const json body = parsed(asked);
    if (body.is_discarded())
      return Reply::json(400, R"({"error":{"message":"unexpected EOF","type":"invalid_request_error"}})");
    const std::string model = body.value("model", "");
    if (std::ranges::find(models, model) != models.end()) violate("loaded a model", asked);
    const bool says_so = asked.path == "/v1/chat/completions" || asked.path == "/v1/responses";
    if (model.empty() && says_so)
      return Reply::json(400, R"({"error":{"message":"model is required","type":"invalid_request_error"}})");
    return Reply::json(404, R"({"error":{"message":"model '' not found","type":"not_found_error"}})");
  }
};

}  // namespace pointsman::test
