#include "../../support/doubles/llamafile.hpp"
#include "examining.hpp"

namespace pointsman::probe {
namespace {

using namespace test;

TEST(ProbeLlamafile, GoesTheGeneralWay) {
  for (const bool refuses_methods : {false, true}) {
    Running<LlamafileServer> server;
    server.server->refuses_methods = refuses_methods;
    const auto findings = examine(server.sockets.url());
    EXPECT_EQ(findings.report.server_type, "llamafile") << "and no llama.cpp, whatever it says of its model";
    EXPECT_EQ(findings.report.version, "0.9.2");
    EXPECT_EQ(routes(findings), "yes yes no yes");
    expect_no_harm(server);
  }
}

}  // namespace
}  // namespace pointsman::probe
