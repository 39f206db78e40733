#include "../../support/doubles/xinference.hpp"
#include "examining.hpp"

namespace pointsman::probe {
namespace {

using namespace test;

TEST(ProbeXinference, TellsItsModelsApart) {
  Running<XinferenceServer> server;
  const auto findings = examine(server.sockets.url());
  EXPECT_EQ(findings.report.server_type, "xinference");
  EXPECT_EQ(findings.report.version, "1.10.0");
  EXPECT_EQ(routes(findings), "yes yes no yes");
  EXPECT_EQ(model(findings, "qwen3"), "yes yes no no");
  EXPECT_EQ(model(findings, "base"), "unknown yes unknown no");
  EXPECT_EQ(model(findings, "bge-m3"), "no no no yes");
  EXPECT_EQ(offered(findings, "qwen3"), "chat_completions completions messages");
  EXPECT_EQ(offered(findings, "bge-reranker"), "rerank");
  EXPECT_EQ(offered(findings, "whisper"), "audio_transcriptions audio_translations");
  EXPECT_EQ(offered(findings, "kokoro"), "audio_speech");
  EXPECT_EQ(offered(findings, "flux"), "images_generations images_edits images_variations");
  for (const auto* other : {"bge-reranker", "whisper", "flux"}) EXPECT_EQ(model(findings, other), "no no no no");
  EXPECT_EQ(findings.report.models.at(2).apis[registry::Api::embeddings].evidence,
            "GET /v1/models: model_type \"embedding\"");
  expect_no_harm(server);
}

TEST(ProbeXinference, KeepsItsVersionForAdministrators) {
  Running<XinferenceServer> server;
  server.server->is_for_administrators = true;
  const auto findings = examine(server.sockets.url());
  EXPECT_EQ(findings.report.server_type, "xinference");
  EXPECT_EQ(findings.report.version, "");
  EXPECT_EQ(findings.report.health, registry::Health::up);
  expect_no_harm(server);
}

}  // namespace
}  // namespace pointsman::probe
