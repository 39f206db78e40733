#include "../../support/doubles/llama_swap.hpp"
#include "examining.hpp"

namespace pointsman::probe {
namespace {

using namespace test;

TEST(ProbeLlamaSwap, OfEachAge) {
  for (const bool is_old : {false, true}) {
    Running<LlamaSwapServer> server;
    server.server->is_old = is_old;
    const auto findings = examine(server.sockets.url());
    EXPECT_EQ(findings.report.server_type, "llama-swap");
    EXPECT_EQ(findings.report.version, is_old ? "" : "210");
    EXPECT_EQ(routes(findings), "yes yes yes yes");
    EXPECT_EQ(loaded(findings, "qwen"), true);
    EXPECT_EQ(loaded(findings, "embed"), false) << "it is still starting";
    EXPECT_EQ(loaded(findings, "far"), std::nullopt) << "it is a peer's";
    expect_no_harm(server);
  }
}

}  // namespace
}  // namespace pointsman::probe
