#include "../../support/doubles/llama_server.hpp"
#include "examining.hpp"

namespace pointsman::probe {
namespace {

using namespace test;
using registry::Api;
using registry::Health;
using registry::Provenance;
using testing::HasSubstr;
using testing::StartsWith;

TEST(ProbeLlamaServer, WithAChatModel) {
  Running<LlamaServer> llama;
  const auto findings = examine(llama.sockets.url());
  EXPECT_EQ(findings.report.health, Health::up);
  EXPECT_EQ(findings.report.server_type, "llama.cpp");
  EXPECT_EQ(findings.report.version, "b11669-Debian");
  EXPECT_EQ(routes(findings), "yes yes yes no");
  EXPECT_EQ(findings.report.models.at(0).id, "tiny");
  EXPECT_EQ(findings.report.models.at(0).context_length, 2048);
  const auto& embeddings = findings.report.routes[Api::embeddings];
  EXPECT_EQ(embeddings.how, Provenance::probed);
  EXPECT_THAT(embeddings.evidence, StartsWith("POST /v1/embeddings {: 501 "));
  EXPECT_EQ(embeddings.at, clock_of_test.wall());
  for (const Api api : {Api::responses_websocket, Api::realtime}) {
    EXPECT_EQ(findings.report.routes[api].verdict, registry::Verdict::no) << registry::row(api).name;
  }
  expect_no_harm(llama);
}

TEST(ProbeLlamaServer, WithEmbeddings) {
  Running<LlamaServer> llama;
  llama.server->embeddings = true;
  const auto findings = examine(llama.sockets.url());
  EXPECT_EQ(routes(findings), "yes yes yes yes");
  EXPECT_EQ(model(findings, "tiny"), "unknown unknown unknown unknown")
      << "what its list says of modalities is nothing";
  expect_no_harm(llama);
}

TEST(ProbeLlamaServer, AsARouter) {
  Running<LlamaServer> llama;
  llama.server->router = true;
  const auto findings = examine(llama.sockets.url());
  EXPECT_EQ(routes(findings), "yes yes yes yes");
  EXPECT_EQ(findings.report.models.size(), 2u);
  EXPECT_EQ(model(findings, "tiny-embed"), "unknown unknown unknown unknown");
  EXPECT_THAT(findings.report.detail, HasSubstr("router"));
  expect_no_harm(llama);
}

TEST(ProbeLlamaServer, WhileItLoads) {
  Running<LlamaServer> llama;
  llama.server->loading = true;
  const auto findings = examine(llama.sockets.url());
  EXPECT_EQ(findings.report.health, Health::loading);
  EXPECT_EQ(findings.report.server_type, "llama.cpp");
  EXPECT_FALSE(findings.report.models_listed);
  EXPECT_EQ(findings.sent.size(), 1u);
}

TEST(ProbeLlamaServer, WithAKey) {
  Running<LlamaServer> llama;
  llama.server->key = "k";
  const auto without = examine(llama.sockets.url());
  EXPECT_EQ(without.report.health, Health::auth);
  EXPECT_EQ(without.report.server_type, "llama.cpp");
  EXPECT_THAT(without.report.detail, StartsWith("it wants a key"));
  EXPECT_EQ(routes(without), "unknown unknown unknown unknown");
  const auto with = examine(llama.sockets.url(), {}, "k");
  EXPECT_EQ(with.report.health, Health::up);
  EXPECT_EQ(routes(with), "yes yes yes no");
  expect_no_harm(llama);
}

TEST(ProbeLlamaServer, IsLeftAsleep) {
  Running<LlamaServer> llama;
  llama.server->sleeping = true;
  const auto findings = examine(llama.sockets.url());
  EXPECT_EQ(findings.report.health, Health::up);
  EXPECT_EQ(findings.report.version, "b11669-Debian");
  EXPECT_EQ(routes(findings), "unknown unknown unknown unknown");
  EXPECT_TRUE(llama.server->sleeping);
  EXPECT_EQ(loaded(findings, "tiny"), false);
  EXPECT_EQ(findings.report.load.slots, 4u);
  EXPECT_EQ(findings.report.load.running, std::nullopt);
  expect_no_harm(llama);

  llama.server->sleeping = false;
  EXPECT_EQ(routes(examine(llama.sockets.url(), known_from(findings))), "yes yes yes no") << "as soon as it is awake";
}

TEST(ProbeLlamaServer, IsLeftAloneWhereNobodyKnowsWhetherItSleeps) {
  Running<LlamaServer> llama;
  llama.server->props_hidden = true;
  llama.server->sleeping = true;
  const auto findings = examine(llama.sockets.url());
  EXPECT_EQ(routes(findings), "unknown unknown unknown unknown");
  EXPECT_EQ(loaded(findings, "tiny"), std::nullopt);
  EXPECT_TRUE(llama.server->sleeping);
  expect_no_harm(llama);
}

TEST(ProbeLlamaServer, TellsItsLoadWithoutItsSlots) {
  Running<LlamaServer> llama;
  llama.server->metrics = true;
  llama.server->running = 3;
  llama.server->deferred = 1;
  const auto findings = examine(llama.sockets.url());
  EXPECT_EQ(findings.report.load, (registry::ReportedLoad{.running = 3, .waiting = 1, .slots = 4, .cache_use = {}}));
  EXPECT_EQ(loaded(findings, "tiny"), true);
  expect_no_harm(llama);
}

TEST(ProbeLlamaServer, WithoutMetricsTellsItsSlotsOnly) {
  Running<LlamaServer> llama;
  const auto findings = examine(llama.sockets.url());
  EXPECT_EQ(findings.report.load, (registry::ReportedLoad{.running = {}, .waiting = {}, .slots = 4, .cache_use = {}}));
  EXPECT_THAT(llama.sockets.lines(), testing::Not(testing::Contains("GET /metrics"))) << "/props says there are none";
}

TEST(ProbeLlamaServer, ARouterTellsWhichModelsAreLoaded) {
  Running<LlamaServer> llama;
  llama.server->router = true;
  llama.server->metrics = true;
  llama.server->statuses = {{"tiny", "loaded"}, {"tiny-embed", "unloaded"}, {"tired", "sleeping"}};
  const auto findings = examine(llama.sockets.url());
  EXPECT_EQ(loaded(findings, "tiny"), true);
  EXPECT_EQ(loaded(findings, "tiny-embed"), false);
  EXPECT_EQ(loaded(findings, "tired"), false);
  EXPECT_EQ(findings.report.load, registry::ReportedLoad());
  EXPECT_EQ(std::ranges::count(llama.sockets.lines(), "GET /v1/models"), 1) << "its list is read once";
  expect_no_harm(llama);
}

}  // namespace
}  // namespace pointsman::probe
