#include "../../support/doubles/mistral_rs.hpp"
#include "examining.hpp"

namespace pointsman::probe {
namespace {

using namespace test;

TEST(ProbeMistralRs, IsKnownByItsSystem) {
  Running<MistralRsServer> server;
  const auto findings = examine(server.sockets.url());
  EXPECT_EQ(findings.report.server_type, "mistral.rs");
  EXPECT_EQ(findings.report.version, "43a6a45b");
  EXPECT_EQ(routes(findings), "yes yes yes yes");
  EXPECT_FALSE(findings.report.models.at(1).loaded);
  expect_no_harm(server);
}

TEST(ProbeMistralRs, BeforeItHadResponses) {
  Running<MistralRsServer> server;
  server.server->has_responses = false;
  EXPECT_EQ(routes(examine(server.sockets.url())), "yes yes no yes");
  expect_no_harm(server);
}

TEST(ProbeMistralRs, ThatDoesNotTellItselfGoesTheGeneralWay) {
  Running<MistralRsServer> server;
  server.server->tells_itself = false;
  const auto findings = examine(server.sockets.url());
  EXPECT_EQ(findings.report.server_type, "");
  EXPECT_EQ(routes(findings), "yes yes yes yes");
  expect_no_harm(server);
}

TEST(ProbeMistralRs, SaysWhichModelsAreLoaded) {
  Running<MistralRsServer> server;
  server.server->tells_status = true;
  const auto models = examine(server.sockets.url()).report.models;
  EXPECT_EQ(models.at(0).loaded, std::nullopt);
  EXPECT_EQ(models.at(1).loaded, true);
  EXPECT_EQ(models.at(2).loaded, false);
}

}  // namespace
}  // namespace pointsman::probe
