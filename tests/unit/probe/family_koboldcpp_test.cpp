#include "../../support/doubles/koboldcpp.hpp"
#include "examining.hpp"

namespace pointsman::probe {
namespace {

using namespace test;
using testing::HasSubstr;

TEST(ProbeKoboldCpp, Idle) {
  Running<KoboldCppServer> server;
  const auto findings = examine(server.sockets.url());
  EXPECT_EQ(findings.report.server_type, "koboldcpp");
  EXPECT_EQ(findings.report.version, "1.104") << "not that of the Ollama that it plays";
  EXPECT_EQ(routes(findings), "yes yes yes yes");
  EXPECT_EQ(model(findings, "koboldcpp/tiny"), "yes yes yes no") << "it has no model for embeddings";
  EXPECT_EQ(findings.report.load, (registry::ReportedLoad{.running = 0, .waiting = 0, .slots = 1, .cache_use = {}}));
  expect_no_harm(server);
}

TEST(ProbeKoboldCpp, WithAModelForEmbeddings) {
  Running<KoboldCppServer> server;
  server.server->embeddings = true;
  EXPECT_EQ(model(examine(server.sockets.url()), "koboldcpp/tiny"), "yes yes yes yes");
}

TEST(ProbeKoboldCpp, WithAModelThatTranscribes) {
  Running<KoboldCppServer> server;
  server.server->transcribes = true;
  const auto findings = examine(server.sockets.url());
  EXPECT_EQ(offered(findings, "koboldcpp/tiny"),
            "chat_completions completions responses audio_transcriptions messages");
  EXPECT_EQ(findings.report.routes[registry::Api::audio_transcriptions].how, registry::Provenance::profile);
  expect_no_harm(server);
}

TEST(ProbeKoboldCpp, OfAnOlderVersion) {
  Running<KoboldCppServer> server;
  server.server->says_what_it_has = false;
  EXPECT_EQ(model(examine(server.sockets.url()), "koboldcpp/tiny"), "unknown unknown unknown unknown");
  expect_no_harm(server);
}

TEST(ProbeKoboldCpp, IsAskedForItsRoutesOnlyWhileIdle) {
  Running<KoboldCppServer> server;
  server.server->busy = true;
  const auto busy = examine(server.sockets.url());
  EXPECT_EQ(routes(busy), "unknown unknown unknown unknown");
  EXPECT_THAT(busy.report.detail, HasSubstr("busy"));
  EXPECT_EQ(busy.report.load, (registry::ReportedLoad{.running = 1, .waiting = 2, .slots = 1, .cache_use = {}}));
  server.server->busy = false;
  EXPECT_EQ(routes(examine(server.sockets.url(), known_from(busy))), "yes yes yes yes");
  expect_no_harm(server);
}

}  // namespace
}  // namespace pointsman::probe
