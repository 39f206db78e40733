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
      {"server", "BaseHTTP/0.6 Python/3.12", "", "mlx-lm", false},
      {"x-powered-by", "Express", "organization_owner", "lm-studio", false},
      {"server", "uvicorn", "tensorrt_llm", "trtllm-serve", true},
      {"", "", "local", "mistral.rs", false},
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

TEST(Fingerprint, OfModelsWithoutOwnersMayBeALocalAis) {
  const auto print = fingerprint(answered(get("/v1/models"), 200), "", "gpt-4");
  EXPECT_EQ(print.type, "localai");
  EXPECT_FALSE(print.distinct);
}

TEST(Fingerprint, SeesHowTheFirstModelAndItsOwnerAreRelated) {
  const auto type = [](const std::string& server, const std::string& owner, const std::string& id) {
    std::vector<std::pair<std::string, std::string>> headers;
    if (!server.empty()) headers.emplace_back("server", server);
    const auto print = fingerprint(answered(get("/v1/models"), 200, "", headers), owner, id);
    EXPECT_FALSE(print.distinct);
    return std::string(print.type);
  };
  EXPECT_EQ(type("", "meta/llama", "meta/llama"), "tgi");
  EXPECT_EQ(type("nginx", "meta/llama", "meta/llama"), "tgi");
  EXPECT_EQ(type("uvicorn", "meta", "meta/llama"), "transformers");
  EXPECT_EQ(type("uvicorn", "meta", "metallic/llama"), "");
  EXPECT_EQ(type("", "hf.co", "hf.co/meta/llama"), "ollama") << "an Ollama names no software";
}

TEST(Fingerprint, OfAnotherPointsmanIsNotThatOfWhatIsBehindIt) {
  const auto list = answered(get("/v1/models"), 200, R"({"data":[{"id":"a","supported_apis":["embeddings"]}]})");
  const auto print = fingerprint(list, "vllm", "a");
  EXPECT_EQ(print.type, "pointsman");
  EXPECT_TRUE(print.distinct);
}

TEST(Fingerprint, TakesTheVersionFromTheHeaderThatTellsIt) {
  const auto version = [](const std::string& header, const std::string& value) {
    return fingerprint(answered(get("/v1/models"), 200, "", {{header, value}}), "").version;
  };
  EXPECT_EQ(version("x-litellm-version", "1.80.5"), "1.80.5");
  EXPECT_EQ(version("server", "llamafile/0.9.3"), "0.9.3");
  EXPECT_EQ(version("server", "llamafile/0.9.3 (Linux)"), "0.9.3");
  EXPECT_EQ(version("server", "llama.cpp"), "");
}

TEST(Fingerprint, OfNoAnswerIsNone) {
  EXPECT_EQ(fingerprint(failed(get("/v1/models"), Failure::refused), "").type, "");
}

}  // namespace
}  // namespace pointsman::probe
