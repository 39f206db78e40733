#include "../../support/doubles/ollama.hpp"
#include "examining.hpp"

namespace pointsman::probe {
namespace {

using namespace test;
using registry::Health;
using testing::IsEmpty;

struct OllamaCase {
  int minor;
  int patch;
  bool tags;
  std::string routes;
};

class ProbeOllama : public testing::TestWithParam<OllamaCase> {};

TEST_P(ProbeOllama, OfEachAge) {
  Running<OllamaServer> ollama;
  ollama.server->minor = GetParam().minor;
  ollama.server->patch = GetParam().patch;
  ollama.server->tags_have_capabilities = GetParam().tags;
  const auto findings = examine(ollama.sockets.url());
  EXPECT_EQ(findings.report.server_type, "ollama");
  EXPECT_EQ(findings.report.version, ollama.server->version());
  EXPECT_EQ(routes(findings), GetParam().routes);
  EXPECT_EQ(model(findings, "nomic-embed-text:latest"), "no no no yes");
  const bool has_capabilities = GetParam().minor >= 7;
  const std::string of_chat = GetParam().routes == "yes yes yes yes" ? "yes yes yes no" : "yes yes no no";
  EXPECT_EQ(model(findings, "llama3.2:3b"), has_capabilities ? of_chat : "unknown unknown unknown unknown");
  expect_no_harm(ollama);
}

INSTANTIATE_TEST_SUITE_P(
    Table, ProbeOllama,
    testing::Values(OllamaCase{6, 2, false, "yes yes no yes"}, OllamaCase{12, 0, false, "yes yes no yes"},
                    OllamaCase{13, 2, false, "yes yes no yes"}, OllamaCase{13, 3, false, "yes yes yes yes"},
                    OllamaCase{14, 0, false, "yes yes yes yes"}, OllamaCase{30, 0, true, "yes yes yes yes"}),
    [](const auto& each) { return "v0_" + std::to_string(each.param.minor) + "_" + std::to_string(each.param.patch); });

TEST(ProbeOllamaServer, WithoutModels) {
  Running<OllamaServer> ollama;
  ollama.server->models.clear();
  const auto findings = examine(ollama.sockets.url());
  EXPECT_EQ(findings.report.health, Health::up);
  EXPECT_EQ(findings.report.server_type, "ollama") << "by its root, for its list tells nothing";
  EXPECT_TRUE(findings.report.models_listed);
  EXPECT_THAT(findings.report.models, IsEmpty());
}

TEST(ProbeOllamaServer, CloudModelsAreLeftAlone) {
  Running<OllamaServer> ollama;
  ollama.server->models = {"gpt-oss:120b-cloud", "glm-4.6:cloud", "llama3.2:3b"};
  const auto findings = examine(ollama.sockets.url());
  EXPECT_EQ(model(findings, "glm-4.6:cloud"), "unknown unknown unknown unknown");
  EXPECT_EQ(model(findings, "gpt-oss:120b-cloud"), "unknown unknown unknown unknown");
  EXPECT_EQ(model(findings, "llama3.2:3b"), "yes yes yes no");
  expect_no_harm(ollama);
}

TEST(ProbeOllamaServer, ModelsThatHearTranscribeWhereThereIsTheRoute) {
  Running<OllamaServer> ollama;
  ollama.server->minor = 20;
  ollama.server->models = {"gemma4:e4b", "llama3.2:3b", "nomic-embed-text:latest"};
  const auto findings = examine(ollama.sockets.url());
  EXPECT_EQ(offered(findings, "gemma4:e4b"), "chat_completions completions responses audio_transcriptions messages");
  EXPECT_EQ(offered(findings, "llama3.2:3b"), "chat_completions completions responses messages");
  EXPECT_EQ(offered(findings, "nomic-embed-text:latest"), "embeddings");
  ollama.server->minor = 19;
  EXPECT_EQ(offered(examine(ollama.sockets.url()), "gemma4:e4b"), "chat_completions completions responses messages");
  expect_no_harm(ollama);
}

TEST(ProbeOllamaServer, TellsWhichModelsAreLoaded) {
  Running<OllamaServer> ollama;
  ollama.server->models = {"llama3.2:3b", "nomic-embed-text:latest", "glm-4.6:cloud"};
  const auto findings = examine(ollama.sockets.url());
  EXPECT_EQ(loaded(findings, "nomic-embed-text:latest"), true);
  EXPECT_EQ(loaded(findings, "llama3.2:3b"), false);
  EXPECT_EQ(loaded(findings, "glm-4.6:cloud"), std::nullopt) << "nobody here loads it";
  expect_no_harm(ollama);
}

TEST(ProbeOllamaServer, ANewVersionsRoutesAreItsModelsToo) {
  Running<OllamaServer> ollama;
  ollama.server->patch = 2;
  const auto first = examine(ollama.sockets.url());
  EXPECT_EQ(model(first, "llama3.2:3b"), "yes yes no no");
  ollama.server->patch = 3;
  EXPECT_EQ(model(examine(ollama.sockets.url(), known_from(first)), "llama3.2:3b"), "yes yes yes no");
}

TEST(ProbeOllamaServer, OnlyNewModelsAreExamined) {
  Running<OllamaServer> ollama;
  const auto first = examine(ollama.sockets.url());
  ollama.server->models.push_back("qwen3:8b");
  const auto second = examine(ollama.sockets.url(), known_from(first));
  EXPECT_EQ(model(second, "qwen3:8b"), "yes yes yes no");
  EXPECT_EQ(std::ranges::count(ollama.sockets.lines(), "POST /api/show"), 3);
}

TEST(ProbeOllamaServer, ManyModelsAreExaminedBitByBit) {
  Running<OllamaServer> ollama;
  ollama.server->models.clear();
  for (int i = 0; i < 40; ++i) ollama.server->models.push_back("m" + std::to_string(i));
  const auto first = examine(ollama.sockets.url());
  EXPECT_EQ(std::ranges::count(ollama.sockets.lines(), "POST /api/show"), 32);
  examine(ollama.sockets.url(), known_from(first));
  EXPECT_EQ(std::ranges::count(ollama.sockets.lines(), "POST /api/show"), 40);
}

}  // namespace
}  // namespace pointsman::probe
