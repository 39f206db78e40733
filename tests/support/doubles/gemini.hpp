#pragma once

#include "hosted.hpp"

namespace pointsman::test {

// Gemini as OpenAI: its errors may be arrays, a bad key is a bad request, and its models have a path.
class GeminiServer : public HostedServer {
 public:
  bool errors_are_arrays = true;

 protected:
  std::string base() const override { return "/v1beta/openai"; }
  std::string list() const override {
    return openai_list({"models/gemini-2.5-flash", "models/gemini-embedding-001", "models/imagen-4.0"}, "google");
  }
  Reply refuse_key() const override {
    const json error{{"error", {{"code", 400}, {"message", "API key not valid. Please pass a valid API key."}}}};
    return Reply::json(400, errors_are_arrays ? json::array({error}).dump() : error.dump());
  }
  Reply missing(const Asked&) const override { return {404, "", {}}; }
};

}  // namespace pointsman::test
