#include "../../support/doubles/sglang.hpp"
#include "examining.hpp"

namespace pointsman::probe {
namespace {

using namespace test;
using testing::Contains;
using testing::Not;

TEST(ProbeSglang, WithAModelThatGenerates) {
  Running<SglangServer> server;
  const auto findings = examine(server.sockets.url());
  EXPECT_EQ(findings.report.server_type, "sglang");
  EXPECT_EQ(findings.report.version, "0.5.9");
  EXPECT_EQ(routes(findings), "yes yes yes yes");
  EXPECT_EQ(model(findings, "org/model"), "yes yes yes no");
  EXPECT_EQ(findings.report.models.at(0).apis[registry::Api::embeddings].evidence,
            "GET /model_info: is_generation true");
  expect_no_harm(server);
}

TEST(ProbeSglang, WithAModelThatEmbeds) {
  for (const bool is_old : {false, true}) {
    Running<SglangServer> server;
    server.server->generates = false;
    server.server->is_old = is_old;
    EXPECT_EQ(model(examine(server.sockets.url()), "org/model"), "no no no yes");
    expect_no_harm(server);
  }
}

TEST(ProbeSglang, WhatItHearsIsWhatItSays) {
  const auto of_model = [](std::optional<bool> hears, registry::Api api) {
    Running<SglangServer> server;
    server.server->hears = hears;
    return examine(server.sockets.url()).report.models.at(0).apis[api].verdict;
  };
  using registry::Api;
  using registry::Verdict;
  EXPECT_EQ(of_model(true, Api::audio_transcriptions), Verdict::yes);
  EXPECT_EQ(of_model(false, Api::audio_transcriptions), Verdict::no);
  EXPECT_EQ(of_model({}, Api::audio_transcriptions), Verdict::unknown);
  EXPECT_EQ(of_model(true, Api::rerank), Verdict::unknown) << "what generates may rank too";
  EXPECT_EQ(of_model(true, Api::messages), Verdict::yes);
}

TEST(ProbeSglang, TellsItsLoad) {
  Running<SglangServer> server;
  const auto load = examine(server.sockets.url()).report.load;
  EXPECT_EQ(load.running, 6u);
  EXPECT_EQ(load.waiting, 1u);
  EXPECT_EQ(load.cache_use, 0.75) << "the fullest rank";
  EXPECT_THAT(server.sockets.lines(), Not(Contains("GET /metrics")));
}

TEST(ProbeSglang, OfOldTellsItsLoadInItsMetrics) {
  Running<SglangServer> server;
  server.server->is_old = true;
  const auto without = examine(server.sockets.url()).report;
  EXPECT_EQ(without.server_type, "sglang");
  EXPECT_EQ(without.load, registry::ReportedLoad{});
  server.server->has_metrics = true;
  const auto load = examine(server.sockets.url()).report.load;
  EXPECT_EQ(load.running, 5u);
  EXPECT_EQ(load.waiting, 3u);
  EXPECT_EQ(load.cache_use, 0.125);
  expect_no_harm(server);
}

}  // namespace
}  // namespace pointsman::probe
