#include "pointsman/probe/abilities.hpp"

#include <gtest/gtest.h>

#include <array>
#include <nlohmann/json.hpp>

#include "examining.hpp"

namespace pointsman::probe {
namespace {

using registry::Ability;
using registry::Api;
using registry::Provenance;
using registry::Verdict;

TEST(NamedAbilities, AreThoseOfTheVocabulary) {
  constexpr std::array vocabulary{AbilityWord{"completion", Ability::chat}, AbilityWord{"embedding", Ability::embed}};
  const auto named = [&](const char* words) { return named_abilities(nlohmann::json::parse(words), vocabulary); };
  EXPECT_EQ(named(R"(["tools","completion"])"), Abilities{Ability::chat});
  EXPECT_EQ(named(R"(["embedding","completion"])"), (Abilities{Ability::chat, Ability::embed}));
  EXPECT_EQ(named(R"(["vision",1,null,{"completion":1}])"), Abilities());
}

TEST(Note, SaysNothingOfWhatIsUpToTheServerAloneOrUnsaid) {
  registry::ModelReport model;
  note(Abilities{Ability::chat}, "type", {}, model, Abilities{Ability::rerank});
  EXPECT_EQ(named(model.apis, Verdict::yes),
            "chat_completions completions responses responses_input_tokens responses_compact messages "
            "messages_count_tokens conversations");
  EXPECT_EQ(named(model.apis, Verdict::unknown), "rerank tokenize detokenize");
}

struct LimitCase {
  Verdict route_asked, route_known, of_model;
  Verdict result;
};

TEST(LimitToRoutes, AModelHasNoRouteThatItsServerDoesNotHave) {
  constexpr auto yes = Verdict::yes, no = Verdict::no, unknown = Verdict::unknown;
  const LimitCase cases[] = {
      {yes, unknown, yes, yes},         {no, unknown, yes, no},     {unknown, yes, yes, yes}, {unknown, no, yes, no},
      {unknown, unknown, yes, unknown}, {yes, no, yes, yes},        {no, yes, yes, no},       {yes, unknown, no, no},
      {no, unknown, unknown, unknown},  {unknown, unknown, no, no},
  };
  for (const auto& each : cases) {
    registry::ProbeReport report;
    auto& model = report.models.emplace_back();
    model.apis[Api::responses] = {each.of_model, Provenance::probed, "capabilities", {}};
    report.routes[Api::responses] = {each.route_asked, Provenance::probed, "asked", {}};
    registry::PerApi<registry::Capability> known;
    known[Api::responses] = {each.route_known, Provenance::probed, "known", {}};
    limit_to_routes(known, report);
    EXPECT_EQ(model.apis[Api::responses].verdict, each.result)
        << registry::name(each.route_asked) << " " << registry::name(each.route_known) << " "
        << registry::name(each.of_model);
  }
}

TEST(LimitToRoutes, LeavesAloneWhatARealAnswerShowed) {
  registry::ProbeReport report;
  auto& model = report.models.emplace_back();
  model.apis[Api::responses] = {Verdict::yes, Provenance::observed, "200", {}};
  report.routes[Api::responses] = {Verdict::no, Provenance::probed, "404", {}};
  limit_to_routes({}, report);
  EXPECT_EQ(model.apis[Api::responses].verdict, Verdict::yes);
}

}  // namespace
}  // namespace pointsman::probe
