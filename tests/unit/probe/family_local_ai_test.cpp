#include "../../support/doubles/local_ai.hpp"
#include "examining.hpp"

namespace pointsman::probe {
namespace {

using namespace test;
using registry::Health;

TEST(ProbeLocalAi, IsNoOllamaWhateverItSays) {
  for (const bool ollama_root : {false, true}) {
    Running<LocalAiServer> server;
    server.server->ollama_root = ollama_root;
    const auto findings = examine(server.sockets.url());
    EXPECT_EQ(findings.report.server_type, "localai");
    EXPECT_EQ(findings.report.version, "v3.10.0 (abc)");
    EXPECT_EQ(routes(findings), "yes yes yes yes");
    EXPECT_EQ(model(findings, "gpt-4"), "yes yes yes no");
    EXPECT_EQ(model(findings, "bert"), "no no no yes");
    EXPECT_EQ(model(findings, "whisper-1"), "no no no no");
    EXPECT_EQ(offered(findings, "whisper-1"), "audio_transcriptions");
    EXPECT_EQ(offered(findings, "gpt-4"), "chat_completions completions responses messages");
    EXPECT_EQ(loaded(findings, "bert"), true);
    EXPECT_EQ(loaded(findings, "gpt-4"), false);
    expect_no_harm(server);
  }
}

TEST(ProbeLocalAi, OfAnOlderVersion) {
  Running<LocalAiServer> server;
  server.server->capabilities = false;
  server.server->responses = false;
  const auto findings = examine(server.sockets.url());
  EXPECT_EQ(findings.report.server_type, "localai");
  EXPECT_EQ(routes(findings), "yes yes no yes");
  EXPECT_EQ(model(findings, "bert"), "unknown unknown unknown unknown");
  expect_no_harm(server);
}

TEST(ProbeLocalAi, OfOneThatDoesNotNameItself) {
  Running<LocalAiServer> server;
  server.server->well_known = false;
  server.server->responses = false;  // with them, the way of a server that nobody knows begins their WebSocket
  const auto findings = examine(server.sockets.url());
  EXPECT_EQ(findings.report.server_type, "");
  EXPECT_EQ(routes(findings), "yes yes no yes");
  expect_no_harm(server);
}

TEST(ProbeLocalAi, WhereOnlyAdministratorsMaySeeWhatIsLoaded) {
  Running<LocalAiServer> server;
  server.server->guarded = true;
  const auto findings = examine(server.sockets.url());
  EXPECT_EQ(findings.report.health, Health::up);
  EXPECT_EQ(loaded(findings, "bert"), std::nullopt);
}

TEST(ProbeLocalAi, IsAskedForAbilitiesOnceADay) {
  Running<LocalAiServer> server;
  const auto first = examine(server.sockets.url());
  examine(server.sockets.url(), known_from(first));
  EXPECT_EQ(std::ranges::count(server.sockets.lines(), "GET /v1/models/capabilities"), 1);
  EXPECT_EQ(std::ranges::count(server.sockets.lines(), "GET /system"), 2) << "but each time for what is loaded";
}

}  // namespace
}  // namespace pointsman::probe
