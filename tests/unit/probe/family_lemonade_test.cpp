#include "../../support/doubles/lemonade.hpp"
#include "examining.hpp"

namespace pointsman::probe {
namespace {

using namespace test;

TEST(ProbeLemonade, BelowEachOfItsBases) {
  for (const char* base : {"", "/api/v1", "/api/v0", "/v0"}) {
    Running<LemonadeServer> server;
    const auto findings = examine(server.sockets.url(base));
    EXPECT_EQ(findings.report.server_type, "lemonade");
    EXPECT_EQ(findings.report.version, "10.0.1");
    EXPECT_EQ(routes(findings), "yes yes yes yes") << base;
    EXPECT_EQ(model(findings, "Qwen3-0.6B-GGUF"), "yes yes yes no");
    EXPECT_EQ(model(findings, "nomic-embed-GGUF"), "no no no yes");
    EXPECT_EQ(model(findings, "bge-reranker"), "no no no no");
    EXPECT_EQ(offered(findings, "bge-reranker"), "") << "its route is /reranking, which is none of the table";
    EXPECT_EQ(offered(findings, "Qwen3-0.6B-GGUF"), "chat_completions completions responses messages");
    EXPECT_EQ(offered(findings, "Whisper-Tiny"), "audio_transcriptions");
    EXPECT_EQ(offered(findings, "kokoro-v1"), "audio_speech");
    EXPECT_EQ(offered(findings, "SD-Turbo"), "images_generations images_edits images_variations");
    EXPECT_EQ(model(findings, "mine"), "unknown unknown unknown unknown") << "it has no labels";
    EXPECT_EQ(loaded(findings, "Qwen3-0.6B-GGUF"), true);
    EXPECT_EQ(loaded(findings, "mine"), false);
    expect_no_violations(server);
  }
}

TEST(ProbeLemonade, BeforeItHadResponses) {
  Running<LemonadeServer> server;
  server.server->has_responses = false;
  const auto findings = examine(server.sockets.url());
  EXPECT_EQ(routes(findings), "yes yes no yes");
  EXPECT_EQ(model(findings, "Qwen3-0.6B-GGUF"), "yes yes no no");
  expect_no_harm(server);
}

}  // namespace
}  // namespace pointsman::probe
