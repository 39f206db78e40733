#include "../../support/doubles/xllm_jd.hpp"
#include "examining.hpp"

namespace pointsman::probe {
namespace {

using namespace test;

TEST(ProbeXllmOfJd, IsAskedByPostOnly) {
  for (const int refusal : {400, 500}) {
    Running<XllmJdServer> server;
    server.server->refusal = refusal;
    const auto findings = examine(server.sockets.url());
    EXPECT_EQ(findings.report.server_type, "xllm-jd");
    EXPECT_EQ(routes(findings), "yes yes no yes") << refusal;
    expect_no_harm(server);
  }
}

}  // namespace
}  // namespace pointsman::probe
