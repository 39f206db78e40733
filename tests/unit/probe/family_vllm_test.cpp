#include "../../support/doubles/vllm.hpp"
#include "examining.hpp"

namespace pointsman::probe {
namespace {

using namespace test;
using registry::Api;
using registry::Health;
using registry::Provenance;

TEST(ProbeVllm, ByItsOpenApiDocument) {
  Running<VllmServer> vllm;
  const auto findings = examine(vllm.sockets.url());
  EXPECT_EQ(findings.report.server_type, "vllm");
  EXPECT_EQ(findings.report.version, "0.11.2");
  EXPECT_EQ(routes(findings), "yes yes yes no");
  EXPECT_EQ(findings.report.routes[Api::responses].how, Provenance::openapi);
  EXPECT_EQ(findings.report.models.at(0).context_length, 131'072);
  EXPECT_EQ(findings.sent.size(), 6u) << "two of them handshakes";
  expect_no_harm(vllm);
}

TEST(ProbeVllm, WithoutThatDocumentByGet) {
  Running<VllmServer> vllm;
  vllm.server->has_openapi = false;
  const auto findings = examine(vllm.sockets.url());
  EXPECT_EQ(findings.report.server_type, "vllm");
  EXPECT_EQ(routes(findings), "yes yes yes no");
  EXPECT_EQ(findings.report.routes[Api::responses].how, Provenance::probed);
  EXPECT_EQ(std::ranges::count(vllm.sockets.lines(), "POST /v1/embeddings"), 0) << "GET tells apart here";
  EXPECT_EQ(std::ranges::count(vllm.sockets.lines(), "POST /v1/responses/compact"), 1)
      << "but could mean a stored response of that name";
  expect_no_harm(vllm);
}

TEST(ProbeVllm, AnOlderOneHasEveryRoute) {
  Running<VllmServer> vllm;
  vllm.server->has_every_route = true;
  const auto findings = examine(vllm.sockets.url());
  EXPECT_EQ(routes(findings), "yes yes yes yes");
  EXPECT_EQ(model(findings, vllm_model), "unknown unknown unknown unknown") << "its live answers will tell";
  expect_no_harm(vllm);
}

TEST(ProbeVllm, WithTheFrontEndInRust) {
  for (const bool tells_version : {false, true}) {
    Running<VllmRustServer> vllm;
    vllm.server->tells_version = tells_version;
    const auto findings = examine(vllm.sockets.url());
    EXPECT_EQ(findings.report.server_type, "vllm");
    EXPECT_EQ(findings.report.version, tells_version ? "0.14.0" : "");
    EXPECT_EQ(routes(findings), "yes yes no no");
    EXPECT_EQ(findings.report.load, registry::ReportedLoad{});
    expect_no_harm(vllm);
  }
}

TEST(ProbeVllm, WithAKey) {
  Running<VllmServer> vllm;
  vllm.server->key = "k";
  EXPECT_EQ(examine(vllm.sockets.url()).report.health, Health::auth);
  EXPECT_EQ(routes(examine(vllm.sockets.url(), {}, "k")), "yes yes yes no");
}

TEST(ProbeVllm, TellsItsLoad) {
  for (const auto* metric : {"vllm:kv_cache_usage_perc", "vllm:gpu_cache_usage_perc"}) {
    Running<VllmServer> vllm;
    vllm.server->cache_metric = metric;
    const auto load = examine(vllm.sockets.url()).report.load;
    EXPECT_EQ(load.running, 4u);
    EXPECT_EQ(load.waiting, 2u);
    EXPECT_EQ(load.cache_use, 0.5) << metric;
    EXPECT_EQ(load.slots, std::nullopt);
  }
}

TEST(ProbeVllm, ThatLogsNoStatisticsTellsNothing) {
  Running<VllmServer> vllm;
  vllm.server->logs_stats = false;
  const auto report = examine(vllm.sockets.url()).report;
  EXPECT_EQ(report.health, Health::up);
  EXPECT_EQ(report.load, registry::ReportedLoad{});
  expect_no_harm(vllm);
}

TEST(ProbeVllm, WhoseLoadCannotBeReadIsUpAllTheSame) {
  VllmServer vllm;
  ServerDouble hangs([&](const Asked& asked) {
    return asked.path == "/metrics" ? Reply{.raw = "HTTP/1.1", .never_ends = true} : vllm.answer(asked);
  });
  Target target = target_of(hangs.url());
  target.timeout = std::chrono::milliseconds(200);
  const auto report = run(probe(target, {}, clock_of_test)).report;
  EXPECT_EQ(report.health, Health::up);
  EXPECT_EQ(report.detail, "");
  EXPECT_EQ(report.routes[Api::responses].verdict, registry::Verdict::yes);
  EXPECT_EQ(report.load, registry::ReportedLoad{});
}

TEST(ProbeVllm, IsAskedForItsLoadAtEveryProbe) {
  Running<VllmServer> vllm;
  const auto first = examine(vllm.sockets.url());
  const auto second = examine(vllm.sockets.url(), known_from(first));
  EXPECT_EQ(second.sent.size(), 3u) << "models, version, load";
  EXPECT_EQ(second.report.load.running, 4u);
}

}  // namespace
}  // namespace pointsman::probe
