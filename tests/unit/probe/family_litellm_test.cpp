#include "../../support/doubles/litellm.hpp"
#include "examining.hpp"

namespace pointsman::probe {
namespace {

using namespace test;

TEST(ProbeLitellm, TellsItsModelsApart) {
  for (const bool has_openapi : {true, false}) {
    Running<LitellmServer> server;
    server.server->has_openapi = has_openapi;
    const auto findings = examine(server.sockets.url(), {}, "sk-1234");
    EXPECT_EQ(findings.report.server_type, "litellm");
    EXPECT_EQ(findings.report.version, "1.80.5");
    EXPECT_EQ(routes(findings), "yes yes yes yes");
    EXPECT_EQ(model(findings, "gpt-5"), "yes yes yes no");
    EXPECT_EQ(model(findings, "text-embedding-3-small"), "no no no yes");
    EXPECT_EQ(model(findings, "whisper"), "no no no no");
    EXPECT_EQ(model(findings, "mystery"), "unknown unknown unknown unknown");
    expect_no_harm(server);
  }
}

TEST(ProbeLitellm, WantsAKey) {
  Running<LitellmServer> server;
  const auto findings = examine(server.sockets.url());
  EXPECT_EQ(findings.report.health, registry::Health::auth);
  EXPECT_EQ(findings.report.server_type, "litellm");
  expect_no_harm(server);
}

}  // namespace
}  // namespace pointsman::probe
