#include "../../support/doubles/axum.hpp"
#include "../../support/doubles/fast_api.hpp"
#include "../../support/doubles/locked.hpp"
#include "examining.hpp"

namespace pointsman::probe {
namespace {

using namespace test;
using registry::Api;
using registry::Health;
using registry::Provenance;
using testing::Each;
using testing::StartsWith;

TEST(ProbeGeneral, FastApi) {
  Running<FastApiServer> server;
  EXPECT_EQ(routes(examine(server.sockets.url())), "yes yes no no");
  EXPECT_THAT(server.sockets.lines(), Each(StartsWith("GET ")));
  expect_no_harm(server);
}

TEST(ProbeGeneral, FastApiWithoutOpenApi) {
  Running<FastApiServer> server;
  server.server->has_openapi = false;
  const auto findings = examine(server.sockets.url());
  EXPECT_EQ(findings.report.server_type, "");
  EXPECT_EQ(routes(findings), "yes yes no no");
  expect_no_harm(server);
}

TEST(ProbeGeneral, OpenApiOfSomethingElseProvesNothing) {
  Running<FastApiServer> server;
  server.server->offered.clear();
  const auto findings = examine(server.sockets.url());
  EXPECT_EQ(findings.report.routes[Api::responses].how, Provenance::probed);
  EXPECT_EQ(routes(findings), "no no no no");
}

TEST(ProbeGeneral, Axum) {
  Running<AxumServer> server;
  EXPECT_EQ(routes(examine(server.sockets.url())), "yes yes yes no");
  expect_no_harm(server);
}

TEST(ProbeGeneral, WhereEveryPathWantsAKey) {
  Running<LockedServer> server;
  const auto findings = examine(server.sockets.url());
  EXPECT_EQ(findings.report.health, Health::auth);
  EXPECT_EQ(findings.report.server_type, "");
  EXPECT_EQ(routes(findings), "unknown unknown unknown unknown");
  EXPECT_EQ(findings.sent.size(), 1u);
}

}  // namespace
}  // namespace pointsman::probe
