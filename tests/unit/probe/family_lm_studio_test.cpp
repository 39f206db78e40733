#include "../../support/doubles/lm_studio.hpp"
#include "examining.hpp"

namespace pointsman::probe {
namespace {

using namespace test;
using registry::Api;
using registry::Provenance;

struct LmStudioCase {
  std::string name;
  bool has_v0, has_v1, has_responses, parses_first;
  std::string type, version, routes, chat_model, embedding_model;
};

class ProbeLmStudio : public testing::TestWithParam<LmStudioCase> {};

TEST_P(ProbeLmStudio, OfEachAge) {
  const auto& each = GetParam();
  Running<LmStudioServer> studio;
  studio.server->has_v0 = each.has_v0;
  studio.server->has_v1 = each.has_v1;
  studio.server->has_responses = each.has_responses;
  studio.server->parses_first = each.parses_first;
  const auto findings = examine(studio.sockets.url());
  EXPECT_EQ(findings.report.server_type, each.type);
  EXPECT_EQ(findings.report.version, each.version);
  EXPECT_EQ(routes(findings), each.routes);
  EXPECT_EQ(model(findings, "qwen2.5-7b-instruct"), each.chat_model);
  EXPECT_EQ(model(findings, "text-embedding-nomic"), each.embedding_model);
  expect_no_harm(studio);
}

const std::string nothing = "unknown unknown unknown unknown";

INSTANTIATE_TEST_SUITE_P(
    Table, ProbeLmStudio,
    testing::Values(LmStudioCase{"v0_3_5", false, false, false, false, "", "", "yes yes no yes", nothing, nothing},
                    LmStudioCase{"v0_3_6", true, false, false, false, "lm-studio", "0.3.6 or newer", "yes yes no yes",
                                 "yes yes no no", "no no no yes"},
                    LmStudioCase{"v0_3_29", true, false, true, false, "lm-studio", "0.3.6 or newer", "yes yes yes yes",
                                 "yes yes yes no", "no no no yes"},
                    LmStudioCase{"v0_4", true, true, true, false, "lm-studio", "0.4 or newer", "yes yes yes yes",
                                 "yes yes yes no", "no no no yes"},
                    LmStudioCase{"v0_3_5_parses_first", false, false, false, true, "", "", nothing, nothing, nothing},
                    LmStudioCase{"v0_3_6_parses_first", true, false, false, true, "lm-studio", "0.3.6 or newer",
                                 "yes yes unknown yes", "yes yes unknown no", "no no no yes"},
                    LmStudioCase{"v0_4_parses_first", true, true, true, true, "lm-studio", "0.4 or newer",
                                 "yes yes yes yes", "yes yes yes no", "no no no yes"}),
    [](const auto& each) { return each.param.name; });

TEST(ProbeLmStudioServer, WhatIsTakenForGrantedSaysSo) {
  Running<LmStudioServer> studio;
  studio.server->has_v1 = true;
  studio.server->parses_first = true;
  const auto findings = examine(studio.sockets.url());
  EXPECT_EQ(findings.report.routes[Api::responses].how, Provenance::profile);
  EXPECT_EQ(findings.report.routes[Api::responses].evidence, "lm-studio 0.4 or newer has it");
}

TEST(ProbeLmStudioServer, TellsWhichModelsAreLoadedAndHowManyRequestsTheyTake) {
  for (const bool has_v1 : {true, false}) {
    for (const bool is_loaded : {true, false}) {
      Running<LmStudioServer> studio;
      studio.server->has_v1 = has_v1;
      studio.server->is_loaded = is_loaded;
      const auto findings = examine(studio.sockets.url());
      EXPECT_EQ(loaded(findings, "qwen2.5-7b-instruct"), is_loaded);
      EXPECT_EQ(loaded(findings, "text-embedding-nomic"), false);
      const auto slots = has_v1 && is_loaded ? std::optional(4u) : std::nullopt;
      EXPECT_EQ(findings.report.load.slots, slots);
      expect_no_harm(studio);
    }
  }
}

}  // namespace
}  // namespace pointsman::probe
