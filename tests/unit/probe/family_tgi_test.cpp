#include "../../support/doubles/tgi.hpp"
#include "examining.hpp"

namespace pointsman::probe {
namespace {

using namespace test;
using testing::HasSubstr;

TEST(ProbeTgi, IsKnownByItsInfo) {
  Running<TgiServer> server;
  const auto findings = examine(server.sockets.url());
  EXPECT_EQ(findings.report.server_type, "tgi");
  EXPECT_EQ(findings.report.version, "3.3.4");
  EXPECT_EQ(routes(findings), "yes yes no no");
  EXPECT_EQ(findings.report.load.running, 12u);
  EXPECT_EQ(findings.report.load.waiting, 7u);
  expect_no_harm(server);
}

TEST(ProbeTgi, WithoutThemGoesTheGeneralWay) {
  Running<TgiServer> server;
  server.server->has_info = false;
  server.server->has_metrics = false;
  const auto findings = examine(server.sockets.url());
  EXPECT_EQ(findings.report.server_type, "");
  EXPECT_EQ(routes(findings), "yes yes no no");
  expect_no_harm(server);
}

TEST(ProbeTgi, IsNotAskedForItsHealthEvenAtAWrongBase) {
  Running<TgiServer> server;
  const auto findings = examine(server.sockets.url("/tgi/v1"));
  EXPECT_EQ(findings.report.health, registry::Health::down);
  EXPECT_THAT(findings.report.detail, HasSubstr("; most servers have theirs at " + server.sockets.url().text()));
  EXPECT_THAT(server.server->violations(), testing::IsEmpty());
}

}  // namespace
}  // namespace pointsman::probe
