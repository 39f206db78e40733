#pragma once

#include "double.hpp"

namespace pointsman::test {

// Another gateway of our kind: it has every route, and says of each model which it can be used with.
class PointsmanServer : public Double {
 public:
  PointsmanServer() {
    offered = {"/tokenize", "/detokenize"};
    for (const auto* route :
         {"chat/completions", "completions", "responses", "responses/input_tokens", "responses/compact", "embeddings",
          "moderations", "rerank", "audio/speech", "audio/transcriptions", "audio/translations", "images/generations",
          "images/edits", "images/variations", "messages", "messages/count_tokens"}) {
      offered.insert(std::string("/v1/") + route);
    }
  }

  Reply answer(const Asked& asked) override {
    if (asked.line() == "GET /v1/models") return Reply::json(200, models());
    if (!is_route(asked)) return error(404, "there is no " + asked.line());
    if (asked.method != "POST") return allowed(error(405, asked.path + " does not take " + asked.method), "POST");
    const json body = parsed(asked);
    if (body.is_discarded()) return error(400, "the body is no JSON object");
    if (!body.contains("model")) return error(400, "the body names no model");
    violate("generated", asked);
    return Reply::json(200, "{}");
  }

 private:
  static Reply error(int status, const std::string& message) {
    return Reply::json(status, json{{"error", {{"message", message}, {"type", "invalid_request_error"}}}}.dump());
  }

  static std::string models() {
    const auto model = [](const std::string& id, const json& apis) {
      return json{{"id", id},
                  {"object", "model"},
                  {"created", 1700000000},
                  {"owned_by", "vllm"},
                  {"supported_apis", apis},
                  {"ready", true},
                  {"endpoints", {"gpu-1"}}};
    };
    return json{
        {"object", "list"},
        {"data",
         {model("llama", {"chat_completions", "completions", "messages", "tokenize"}), model("nomic", {"embeddings"}),
          model("whisper", {"audio_transcriptions"}), model("unheard-of", json::array())}}}
        .dump();
  }
};

}  // namespace pointsman::test
