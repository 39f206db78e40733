#pragma once

#include "fast_api.hpp"

namespace pointsman::test {

// LiteLLM's proxy: whatever it generates is billed by a provider, and a look at its health calls every model.
class LitellmServer : public FastApiServer {
 public:
  LitellmServer() {
    offered = {"/v1/chat/completions",   "/v1/completions",  "/v1/responses",    "/v1/embeddings",
               "/v1/moderations",        "/v1/rerank",       "/v1/audio/speech", "/v1/audio/transcriptions",
               "/v1/images/generations", "/v1/images/edits", "/v1/messages",     "/v1/messages/count_tokens"};
  }
  std::string key = "sk-1234";

  Reply answer(const Asked& asked) override {
    const bool is_open = asked.path == "/openapi.json" || asked.path == "/";
    const bool is_let_in = is_open || asked.header("authorization") == "Bearer " + key;
    Reply reply = is_let_in ? page(asked) : Reply::json(401, R"({"error":{"message":"No api key passed in."}})");
    reply.headers.emplace_back("x-litellm-version", "1.80.5");
    return from("uvicorn", reply);
  }

 protected:
  Reply own_page(const Asked& asked) override {
    if (asked.path == "/health") violate("called every model", asked);
    if (asked.line() == "GET /v1/model/info") return Reply::json(200, catalogue());
    return not_found();
  }

  Reply models() override {
    return Reply::json(200, openai_list({"gpt-5", "text-embedding-3-small", "whisper", "mystery", "ranker", "voice",
                                         "painter", "judge"},
                                        "openai"));
  }

  Reply generate(const Asked& asked) override {
    const json body = parsed(asked);
    if (body.is_discarded())
      return Reply::json(400, R"({"error":{"message":"Invalid JSON payload","type":"None","code":"400"}})");
    violate("billed", asked);
    return Reply::json(400, R"({"error":{"message":"Invalid model name passed in model=None","code":"400"}})");
  }

 private:
  static std::string catalogue() {
    const auto entry = [](const std::string& name, const json& mode) {
      return json{{"model_name", name}, {"litellm_params", {{"model", name}}}, {"model_info", {{"mode", mode}}}};
    };
    return json{{"data",
                 {entry("gpt-5", "chat"), entry("text-embedding-3-small", "embedding"),
                  entry("whisper", "audio_transcription"), entry("mystery", nullptr), entry("ranker", "rerank"),
                  entry("voice", "audio_speech"), entry("painter", "image_generation"), entry("judge", "moderation")}}}
        .dump();
  }
};

}  // namespace pointsman::test
