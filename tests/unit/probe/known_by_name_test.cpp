#include "../../support/doubles/pointsman.hpp"
#include "../../support/doubles/triton.hpp"
#include "examining.hpp"

// Servers that their list of models names, and for which the general way is good enough.
namespace pointsman::probe {
namespace {

using namespace test;

TEST(ProbeTriton, GoesTheGeneralWay) {
  for (const bool has_openapi : {true, false}) {
    Running<TritonServer> server;
    server.server->has_openapi = has_openapi;
    const auto findings = examine(server.sockets.url());
    EXPECT_EQ(findings.report.server_type, "triton");
    EXPECT_EQ(routes(findings), "yes yes no yes");
    expect_no_harm(server);
  }
}

TEST(ProbePointsman, SaysOfEachModelWhatItIsFor) {
  Running<PointsmanServer> server;
  const auto findings = examine(server.sockets.url());
  EXPECT_EQ(findings.report.server_type, "pointsman") << "and not what its models' owners are";
  EXPECT_EQ(routes(findings), "yes yes yes yes");
  EXPECT_EQ(model(findings, "llama"), "yes yes no no");
  EXPECT_EQ(model(findings, "nomic"), "no no no yes");
  EXPECT_EQ(model(findings, "unheard-of"), "unknown unknown unknown unknown");
  expect_no_harm(server);
}

}  // namespace
}  // namespace pointsman::probe
