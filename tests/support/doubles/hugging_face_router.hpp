#pragma once

#include "hosted.hpp"

namespace pointsman::test {

// The router of Hugging Face: models with the providers that serve them.
class HuggingFaceRouterServer : public HostedServer {
 protected:
  std::string base() const override { return "/v1"; }
  std::string list() const override {
    json data = json::parse(openai_list({"openai/gpt-oss-120b"}, "openai"));
    data["data"][0]["architecture"] = {{"output_modalities", json::array({"text"})}};
    data["data"][0]["providers"] = json::array({{{"provider", "groq"}, {"status", "live"}}});
    return data.dump();
  }
};

}  // namespace pointsman::test
