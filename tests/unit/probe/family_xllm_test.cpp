#include "../../support/doubles/xllm.hpp"
#include "examining.hpp"

namespace pointsman::probe {
namespace {

using namespace test;

TEST(ProbeXllm, OfEachAge) {
  using Age = XllmServer::Age;
  struct Case {
    Age age;
    std::string version;
  };
  for (const auto& each : {Case{Age::health, "5.1.0"}, Case{Age::api_system, "2.0.1"}, Case{Age::v0_system, ""}}) {
    Running<XllmServer> server;
    server.server->age = each.age;
    const auto findings = examine(server.sockets.url());
    EXPECT_EQ(findings.report.server_type, "xllm");
    EXPECT_EQ(findings.report.version, each.version);
    EXPECT_EQ(routes(findings), "yes yes yes yes");
    EXPECT_EQ(model(findings, "llama-3"), "yes yes yes no");
    EXPECT_EQ(model(findings, "nomic"), "no no no yes");
    EXPECT_EQ(offered(findings, "nomic"), "embeddings");
    EXPECT_EQ(offered(findings, "llama-3"), "chat_completions completions responses");
    EXPECT_EQ(offered(findings, "whisper"), "audio_transcriptions");
    EXPECT_EQ(findings.report.load.running, 1u);
    EXPECT_EQ(findings.report.load.slots, 2u);
    expect_no_harm(server);
  }
}

}  // namespace
}  // namespace pointsman::probe
