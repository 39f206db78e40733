#include "../../support/doubles/tabbyapi.hpp"
#include "examining.hpp"

namespace pointsman::probe {
namespace {

using namespace test;
using registry::Health;

TEST(ProbeTabbyApi, WithAUsersKey) {
  for (const bool has_openapi : {true, false}) {
    Running<TabbyApiServer> server;
    server.server->has_openapi = has_openapi;
    const auto findings = examine(server.sockets.url());
    EXPECT_EQ(findings.report.server_type, "tabbyapi");
    EXPECT_EQ(routes(findings), "yes yes no yes");
    EXPECT_EQ(model(findings, "Qwen3-8B-exl3"), "yes yes no no") << "the route for embeddings is for another model";
    EXPECT_EQ(loaded(findings, "Qwen3-8B-exl3"), true);
    EXPECT_EQ(findings.report.load.slots, 8u);
    expect_no_harm(server);
  }
}

TEST(ProbeTabbyApi, WithAnAdministratorsKey) {
  Running<TabbyApiServer> server;
  server.server->sees_all = true;
  server.server->embedding = "nomic-embed";
  const auto findings = examine(server.sockets.url());
  EXPECT_EQ(model(findings, "nomic-embed"), "no no no yes");
  EXPECT_EQ(loaded(findings, "nomic-embed"), true);
  EXPECT_EQ(model(findings, "Mistral-7B-exl2"), "unknown unknown unknown unknown");
  EXPECT_EQ(loaded(findings, "Mistral-7B-exl2"), false);
  expect_no_harm(server);
}

TEST(ProbeTabbyApi, WithoutAKey) {
  Running<TabbyApiServer> server;
  server.server->key = "k";
  EXPECT_EQ(examine(server.sockets.url()).report.health, Health::auth);
  EXPECT_EQ(examine(server.sockets.url(), {}, "k").report.server_type, "tabbyapi");
}

}  // namespace
}  // namespace pointsman::probe
