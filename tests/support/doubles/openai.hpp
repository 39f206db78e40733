#pragma once

#include "hosted.hpp"

namespace pointsman::test {

// OpenAI: models of every kind, and nothing in the list that tells them apart.
class OpenAiServer : public HostedServer {
 protected:
  std::string base() const override { return "/v1"; }
  std::string list() const override {
    return openai_list({"gpt-5", "gpt-3.5-turbo-instruct", "text-embedding-3-small", "whisper-1", "gpt-4o-transcribe",
                        "gpt-4o-mini-tts", "tts-1", "dall-e-3", "gpt-image-1", "omni-moderation-latest"},
                       "system");
  }
};

}  // namespace pointsman::test
