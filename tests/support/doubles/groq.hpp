#pragma once

#include "hosted.hpp"

namespace pointsman::test {

// Groq: chat and transcription side by side.
class GroqServer : public HostedServer {
 protected:
  std::string base() const override { return "/openai/v1"; }
  std::string list() const override {
    json data = json::parse(openai_list({"llama-3.3-70b-versatile", "whisper-large-v3", "playai-tts"}, "Meta"));
    data["data"][0]["context_window"] = 131072;
    return data.dump();
  }
};

}  // namespace pointsman::test
