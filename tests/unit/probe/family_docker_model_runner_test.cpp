#include "../../support/doubles/docker_model_runner.hpp"
#include "examining.hpp"

namespace pointsman::probe {
namespace {

using namespace test;

TEST(ProbeDockerModelRunner, BelowEachOfItsBases) {
  for (const char* base : {"", "/engines/v1", "/engines/llama.cpp/v1"}) {
    Running<DockerModelRunnerServer> server;
    const auto findings = examine(server.sockets.url(base));
    EXPECT_EQ(findings.report.server_type, "docker-model-runner") << base;
    EXPECT_EQ(findings.report.version, "v1.0.12") << base;
    EXPECT_EQ(routes(findings), "yes yes yes yes") << base;
    EXPECT_EQ(loaded(findings, "docker.io/ai/smollm2:latest"), true) << "by its short name";
    EXPECT_EQ(loaded(findings, "ai/mxbai-embed-large"), false) << "it is still loading";
    EXPECT_EQ(findings.report.load.running, 1u);
    expect_no_violations(server);
  }
}

TEST(ProbeDockerModelRunner, OfAnOlderVersion) {
  Running<DockerModelRunnerServer> server;
  server.server->has_responses = false;
  server.server->has_ps = false;
  const auto findings = examine(server.sockets.url());
  EXPECT_EQ(routes(findings), "yes yes no yes");
  EXPECT_EQ(loaded(findings, "ai/mxbai-embed-large"), std::nullopt);
  expect_no_harm(server);
}

}  // namespace
}  // namespace pointsman::probe
