#include "../../support/doubles/transformers.hpp"
#include "examining.hpp"

namespace pointsman::probe {
namespace {

using namespace test;

TEST(ProbeTransformers, IsKnownByItsDocument) {
  Running<TransformersServer> server;
  const auto findings = examine(server.sockets.url());
  EXPECT_EQ(findings.report.server_type, "transformers");
  EXPECT_EQ(findings.report.version, "") << "the document's is FastAPI's";
  EXPECT_EQ(routes(findings), "yes no yes no");
  expect_no_harm(server);
}

TEST(ProbeTransformers, OfLaterVersionsCompletes) {
  Running<TransformersServer> server;
  server.server->offered.insert("/v1/completions");
  EXPECT_EQ(routes(examine(server.sockets.url())), "yes yes yes no");
  expect_no_harm(server);
}

TEST(ProbeTransformers, WithoutThatDocumentGoesTheGeneralWay) {
  Running<TransformersServer> server;
  server.server->has_openapi = false;
  const auto findings = examine(server.sockets.url());
  EXPECT_EQ(findings.report.server_type, "");
  EXPECT_EQ(routes(findings), "yes no yes no");
  expect_no_harm(server);
}

}  // namespace
}  // namespace pointsman::probe
