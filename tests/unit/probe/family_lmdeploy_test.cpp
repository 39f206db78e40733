#include "../../support/doubles/lmdeploy.hpp"
#include "examining.hpp"

namespace pointsman::probe {
namespace {

using namespace test;

TEST(ProbeLmdeploy, HasNoEmbeddingsWhateverItLists) {
  for (const bool has_openapi : {true, false}) {
    Running<LmdeployServer> server;
    server.server->has_openapi = has_openapi;
    const auto findings = examine(server.sockets.url());
    EXPECT_EQ(findings.report.server_type, "lmdeploy");
    EXPECT_EQ(routes(findings), "yes yes no no");
    EXPECT_EQ(findings.report.routes[registry::Api::embeddings].how, registry::Provenance::profile);
    expect_no_harm(server);
  }
}

TEST(ProbeLmdeploy, HasResponsesSince014) {
  Running<LmdeployServer> server;
  server.server->has_responses = true;
  EXPECT_EQ(routes(examine(server.sockets.url())), "yes yes yes no");
  expect_no_harm(server);
}

}  // namespace
}  // namespace pointsman::probe
