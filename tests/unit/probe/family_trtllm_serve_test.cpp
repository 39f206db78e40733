#include "../../support/doubles/trtllm_serve.hpp"
#include "examining.hpp"

namespace pointsman::probe {
namespace {

using namespace test;

TEST(ProbeTrtllmServe, WithAndWithoutItsDocument) {
  for (const bool has_openapi : {true, false}) {
    Running<TrtllmServer> server;
    server.server->has_openapi = has_openapi;
    const auto findings = examine(server.sockets.url());
    EXPECT_EQ(findings.report.server_type, "trtllm-serve");
    EXPECT_EQ(findings.report.version, "1.2.0");
    EXPECT_EQ(routes(findings), "yes yes yes no");
    EXPECT_EQ(findings.report.load, registry::ReportedLoad{}) << "what its metrics say is gone once it is read";
    expect_no_harm(server);
  }
}

}  // namespace
}  // namespace pointsman::probe
