#include "pointsman/probe/fingerprint.hpp"

#include <gtest/gtest.h>

#include "probing.hpp"

namespace pointsman::probe {
namespace {

TEST(Fingerprint, KnowsServersByHeadersAndOwners) {
  struct Case {
    std::string header, value, owner;
    std::string type;
    bool distinct;
  };
  const Case cases[] = {
      {"server", "llama.cpp", "llamacpp", "llama.cpp", true},
      {"server", "nginx", "llamacpp", "llama.cpp", true},
      {"server", "llamafile/0.9", "", "llamafile", true},
      {"server", "uvicorn", "vllm", "vllm", true},
      {"server", "uvicorn", "sglang", "sglang", true},
      {"server", "uvicorn", "me", "llama-cpp-python", true},
      {"server", "uvicorn", "somebody", "", false},
      {"server", "nginx", "library", "ollama", true},
      {"server", "ConcedoLlamaForKoboldServer", "koboldcpp", "koboldcpp", true},
      {"x-litellm-version", "1.80", "openai", "litellm", true},
      {"server", "BaseHTTP/0.6 Python/3.12", "", "", false},
      {"", "", "docker", "docker-model-runner", true},
      {"", "", "load balancer", "xllm", true},
      {"", "", "library", "ollama", true},
      {"", "", "Library", "ollama", false},
      {"", "", "", "ollama", false},
      {"server", "Caddy", "", "", false},
  };
  for (const auto& each : cases) {
    std::vector<std::pair<std::string, std::string>> headers;
    if (!each.header.empty()) headers.emplace_back(each.header, each.value);
    const auto print = fingerprint(answered(get("/v1/models"), 200, "", headers), each.owner);
    EXPECT_EQ(print.type, each.type) << each.value << " " << each.owner;
    EXPECT_EQ(print.distinct, each.distinct) << each.value << " " << each.owner;
  }
}

TEST(Fingerprint, OfNoAnswerIsNone) {
  EXPECT_EQ(fingerprint(failed(get("/v1/models"), Failure::refused), "").type, "");
}

}  // namespace
}  // namespace pointsman::probe
