#include "pointsman/registry/verdict.hpp"

#include <gtest/gtest.h>

#include "samples.hpp"

namespace pointsman::registry {
namespace {

constexpr auto yes = Verdict::yes;
constexpr auto no = Verdict::no;
constexpr auto unknown = Verdict::unknown;

struct Row {
  std::optional<bool> configured;
  Verdict of_model;
  Verdict of_route;
  Verdict expected;
};

constexpr Row rows[] = {
    // The operator says nothing: the model's verdict, unless it is unknown.
    {{}, unknown, unknown, unknown},
    {{}, unknown, no, no},
    {{}, unknown, yes, yes},
    {{}, no, unknown, no},
    {{}, no, no, no},
    {{}, no, yes, no},
    {{}, yes, unknown, yes},
    {{}, yes, no, yes},
    {{}, yes, yes, yes},
    // The operator's word beats both.
    {true, unknown, unknown, yes},
    {true, no, no, yes},
    {true, no, yes, yes},
    {false, unknown, unknown, no},
    {false, yes, yes, no},
    {false, yes, no, no},
};

TEST(VerdictOf, PrefersTheOperatorThenTheModelThenTheRoute) {
  for (const auto& each : rows) {
    config::Endpoint configured = endpoint("a");
    if (each.configured) configured.apis["responses"] = *each.configured;
    Learned learned;
    learned.routes[Api::responses].verdict = each.of_route;
    ModelReport report = model("m");
    report.apis[Api::responses].verdict = each.of_model;
    EXPECT_EQ(verdict_of(configured.apis, learned, report, Api::responses), each.expected)
        << "row " << &each - rows << " of the table";
  }
}

TEST(VerdictOf, JudgesEachApiByItself) {
  config::Endpoint configured = endpoint("a");
  configured.apis = {{"chat_completions", false}, {"an_api_of_the_future", true}};
  Learned learned;
  learned.routes[Api::embeddings].verdict = yes;
  ModelReport report = model("m");
  report.apis[Api::completions].verdict = no;

  EXPECT_EQ(verdict_of(configured.apis, learned, report, Api::chat_completions), no);
  EXPECT_EQ(verdict_of(configured.apis, learned, report, Api::completions), no);
  EXPECT_EQ(verdict_of(configured.apis, learned, report, Api::responses), unknown);
  EXPECT_EQ(verdict_of(configured.apis, learned, report, Api::embeddings), yes);
}

}  // namespace
}  // namespace pointsman::registry
