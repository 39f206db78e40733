#include "../../support/doubles/vllm.hpp"
#include "examining.hpp"

namespace pointsman::probe {
namespace {

using namespace test;
using registry::Api;
using registry::Health;
using registry::Provenance;
using testing::Each;
using testing::StartsWith;

TEST(ProbeVllm, ByItsOpenApiDocument) {
  Running<VllmServer> vllm;
  const auto findings = examine(vllm.sockets.url());
  EXPECT_EQ(findings.report.server_type, "vllm");
  EXPECT_EQ(findings.report.version, "0.11.2");
  EXPECT_EQ(routes(findings), "yes yes yes no");
  EXPECT_EQ(findings.report.routes[Api::responses].how, Provenance::openapi);
  EXPECT_EQ(findings.report.models.at(0).context_length, 131'072);
  EXPECT_EQ(findings.sent.size(), 3u);
  expect_no_harm(vllm);
}

TEST(ProbeVllm, WithoutThatDocumentByGet) {
  Running<VllmServer> vllm;
  vllm.server->has_openapi = false;
  const auto findings = examine(vllm.sockets.url());
  EXPECT_EQ(findings.report.server_type, "vllm");
  EXPECT_EQ(routes(findings), "yes yes yes no");
  EXPECT_EQ(findings.report.routes[Api::responses].how, Provenance::probed);
  EXPECT_THAT(vllm.sockets.lines(), Each(StartsWith("GET "))) << "GET tells apart here, so no POST is needed";
  expect_no_harm(vllm);
}

TEST(ProbeVllm, WithAKey) {
  Running<VllmServer> vllm;
  vllm.server->key = "k";
  EXPECT_EQ(examine(vllm.sockets.url()).report.health, Health::auth);
  EXPECT_EQ(routes(examine(vllm.sockets.url(), {}, "k")), "yes yes yes no");
}

}  // namespace
}  // namespace pointsman::probe
