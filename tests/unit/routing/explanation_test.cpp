#include "pointsman/routing/explanation.hpp"

#include <gmock/gmock.h>

#include <random>
#include <set>
#include <tuple>

#include "../registry/samples.hpp"
#include "pointsman/routing/balancer.hpp"

namespace pointsman::routing {
namespace {

using registry::Api;
using registry::Health;
using registry::Verdict;
using testing::ElementsAre;
using testing::IsEmpty;

constexpr Api chat = Api::chat_completions;

class ExplanationTest : public testing::Test {
 protected:
  struct Setting {
    std::uint32_t in_flight = 0;
    std::uint32_t weight = 1;
    std::uint32_t priority = 0;
    Health health = Health::up;
    std::string detail = {};
    std::uint32_t max_concurrent = 0;
    Verdict verdict = Verdict::yes;
    std::optional<bool> loaded = {};
    std::uint32_t foreign = 0;
    std::uint32_t slots = 0;
    std::string model = "m";  // what it lists
    std::optional<bool> configured = {};
    std::optional<std::vector<config::EndpointModel>> models = {};
    std::chrono::milliseconds first_byte = {};
    std::string evidence = {};
    bool failed = false;
  };

  // Endpoints are named a, b, c and so on.
  void add(const Setting& setting) {
    auto configured = registry::endpoint(std::string(1, static_cast<char>('a' + settings_.size())), setting.priority);
    configured.weight = setting.weight;
    configured.max_concurrent = setting.max_concurrent;
    configured.models = setting.models;
    if (setting.configured) configured.apis["chat_completions"] = *setting.configured;
    endpoints_.push_back(configured);
    settings_.push_back(setting);
  }

  void build() {
    registry_.configure(endpoints_, {});
    registry::Rules rules;
    rules.routing.policy = policy_;
    registry_.configure(rules);
    for (std::size_t i = 0; i < settings_.size(); ++i) {
      auto model = registry::model(settings_[i].model);
      model.loaded = settings_[i].loaded;
      auto report = registry::report({model});
      report.health = settings_[i].health;
      report.detail = settings_[i].detail;
      report.routes[chat] = registry::probed(settings_[i].verdict);
      if (!settings_[i].evidence.empty()) report.routes[chat].evidence = settings_[i].evidence;
      if (settings_[i].model.empty()) report.models_listed = false;
      registry_.apply(endpoints_[i].name, report);
    }
    snapshot_ = registry_.build();
    for (std::size_t i = 0; i < settings_.size(); ++i) {
      auto& load = *snapshot_->endpoints[i].load;
      load.in_flight = settings_[i].in_flight;
      load.foreign = settings_[i].foreign;
      load.slots = settings_[i].slots;
      if (settings_[i].first_byte.count() != 0) load.latency.observe(settings_[i].first_byte, {});
      if (settings_[i].failed) load.latency.observe_failure({});
      for (const auto& each : snapshot_->endpoints[i].models) each.load->in_flight = settings_[i].in_flight;
    }
  }

  // As a person would write it: "b as y: why", in order; and those that are not tried with the kind in front.
  std::vector<std::string> tried(std::string_view model = "m") {
    build();
    explanation_ = explain(*snapshot_, model, chat);
    std::vector<std::string> result;
    for (const auto& part : explanation_.tried) result.push_back(text(part, model));
    return result;
  }
  std::vector<std::string> not_tried(std::string_view model = "m") const {
    std::vector<std::string> result;
    for (const auto& part : explanation_.not_tried) {
      result.push_back(std::string(name(part.kind)) + " " + text(part, model));
    }
    return result;
  }
  std::string text(const Part& part, std::string_view model) const {
    const bool is_renamed = !part.name_there.empty() && part.name_there != model;
    return snapshot_->endpoints[part.endpoint].name + (is_renamed ? " as " + part.name_there : "") + ": " + part.why;
  }

  std::string policy_ = "least_loaded";
  registry::SnapshotPtr snapshot_;
  Explanation explanation_;

 private:
  std::vector<config::Endpoint> endpoints_;
  std::vector<Setting> settings_;
  registry::Registry registry_;
};

using Outcome = Explanation::Outcome;

TEST_F(ExplanationTest, SaysWhatSpeaksAgainstEachThatComesLater) {
  add({.verdict = Verdict::unknown});
  add({.priority = 1});
  add({.foreign = 4, .slots = 4});
  add({.loaded = false});
  add({.in_flight = 3, .weight = 2});
  add({.in_flight = 1});
  add({.in_flight = 1});
  add({.in_flight = 9, .health = Health::busy});
  EXPECT_THAT(tried(), ElementsAre("f: it offers the API (probed: POST /v1/x {: 400)", "g: it takes turns with f",
                                   "e: it is busier than g (3 requests for its weight of 2, g 1 request)",
                                   "h: it says that it is busy, and is asked all the same; it is busier than e (9 "
                                   "requests, e 3 requests for its weight of 2)",
                                   "d: it must load the model first", "c: all its slots are taken (4)",
                                   "b: lower priority (1, after 0)",
                                   "a: whether it offers the API is unknown, so it is tried last"));
  EXPECT_EQ(explanation_.outcome, Outcome::tried);
  EXPECT_THAT(not_tried(), IsEmpty());
}

TEST_F(ExplanationTest, SaysOfTheFirstWhatSpeaksAgainstItToo) {
  add({.loaded = false, .foreign = 2, .slots = 1, .configured = true});
  EXPECT_THAT(tried(), ElementsAre("a: it offers the API (configured: the file's `apis` says so); all its slots are "
                                   "taken (1); it must load the model first"));
}

TEST_F(ExplanationTest, SaysByWhatThePolicyDecides) {
  using std::chrono::milliseconds;
  add({.in_flight = 2, .configured = true, .first_byte = milliseconds(120)});
  add({.priority = 1, .configured = true});
  const std::string first = "a: it offers the API (configured: the file's `apis` says so); ";
  const std::string second = "b: lower priority (1, after 0)";
  policy_ = "round_robin";
  EXPECT_THAT(tried(), ElementsAre(first + "endpoints take turns by weight (round_robin)", second));
  policy_ = "p2c_latency";
  EXPECT_THAT(tried(), ElementsAre(first + "of two endpoints at random the one with the shorter wait is taken "
                                           "(p2c_latency); here the first byte took 120 ms lately, and there are 2 "
                                           "requests",
                                   second));
  policy_ = "prefix_hash";
  EXPECT_THAT(tried(), ElementsAre(first + "each conversation has an order of its own, and goes to the first endpoint "
                                           "in it that has at most 1.25 times the mean of all (prefix_hash); here are "
                                           "2 requests",
                                   second));
}

TEST_F(ExplanationTest, SaysWhereNothingIsMeasuredYet) {
  using testing::HasSubstr;
  policy_ = "p2c_latency";
  add({.failed = true});
  EXPECT_THAT(tried(), ElementsAre(HasSubstr("here it is not measured yet how long the first byte takes (it failed, "
                                             "which counts as 5000 ms), and there are 0 requests")));
  add({.first_byte = std::chrono::milliseconds(120), .failed = true});
  EXPECT_THAT(tried(), testing::Contains(HasSubstr("here the first byte took 5000 ms lately")));
  add({});
  EXPECT_THAT(tried(), testing::Contains(HasSubstr(
                           "here it is not measured yet how long the first byte takes, and there are 0 requests")));
}

TEST_F(ExplanationTest, ShowsOfAnAnswerItsStatusOnly) {
  const std::string words = "GET /api/tags: capabilities " + std::string(50, 'x');
  add({.verdict = Verdict::no, .evidence = R"(POST /v1/x {: 404 {"error": "not: 12 found"})"});
  add({.verdict = Verdict::no, .evidence = "GET /v1/x: 405 Allow: POST <html>"});
  add({.verdict = Verdict::no, .evidence = "GET /v1/x: 405"});
  add({.verdict = Verdict::no, .evidence = words});
  add({.verdict = Verdict::no, .evidence = words + "x\xc3\xa9 and more"});
  add({.verdict = Verdict::no, .evidence = "GET /openapi.json: 1234 routes"});
  EXPECT_THAT(tried(), IsEmpty());
  const auto because = [](const std::string& evidence) {
    return testing::EndsWith(": it does not offer the API for this model (probed: " + evidence + ")");
  };
  EXPECT_THAT(not_tried(),
              ElementsAre(because("POST /v1/x {: 404"), because("GET /v1/x: 405"), because("GET /v1/x: 405"),
                          because(words), because(words + "x..."), because("GET /openapi.json: 1234 routes")));
}

TEST_F(ExplanationTest, TellsALimitOfTheModelFromThatOfTheEndpoint) {
  add({.in_flight = 2, .max_concurrent = 9, .models = std::vector<config::EndpointModel>{{"m", {}, 2}}});
  EXPECT_THAT(tried(), IsEmpty());
  EXPECT_THAT(not_tried(), ElementsAre("at_max_concurrent a: it has as many requests for this model as the model's "
                                       "`max_concurrent` there allows (2)"));
}

TEST_F(ExplanationTest, SaysOfAChoiceThatWasMadeWhyItWasNoOther) {
  add({.in_flight = 1});  // the request itself
  add({.in_flight = 3});
  add({.health = Health::down, .detail = "nothing listens"});
  add({.verdict = Verdict::no});
  add({.in_flight = 2, .max_concurrent = 2});
  add({.priority = 1});
  add({.in_flight = 7});
  add({.model = "n"});
  build();
  const auto& model = *snapshot_->find("m");
  const Tried tried{6};
  const auto made = [&](std::span<const registry::Candidate> candidates) {
    std::vector<std::string> result;
    for (const auto& part : explain({*snapshot_, model, chat, candidates, candidates.front(), tried})) {
      result.push_back(text(part, "m"));
    }
    return result;
  };
  const auto& all = model.candidates[chat];
  EXPECT_THAT(
      made(all),
      ElementsAre("a: it offers the API (probed: POST /v1/x {: 400)",
                  "b: it is busier than a (3 requests, a 0 requests)", "c: it is down: nothing listens",
                  "d: it does not offer the API for this model (probed: POST /v1/x {: 400)",
                  "e: it has as many requests as `max_concurrent` allows (2)", "f: lower priority (1, after 0)"));
  EXPECT_THAT(made(std::span(all).first(1)),
              testing::AllOf(testing::Contains("a: it offers the API (probed: POST /v1/x {: 400); it keeps what the "
                                               "request goes on with"),
                             testing::Contains("b: it does not keep what the request goes on with")));
}

TEST_F(ExplanationTest, SaysWhyEachOtherIsNotTried) {
  add({.health = Health::down, .detail = "nothing listens at a.test:8000"});
  add({.health = Health::auth, .detail = "it wants a key"});
  add({.health = Health::loading});
  add({.health = Health::unknown});
  add({.in_flight = 2, .max_concurrent = 2});
  add({.verdict = Verdict::no});
  add({.configured = false});
  add({.model = "other"});
  add({.health = Health::down, .model = ""});
  add({.models = std::vector<config::EndpointModel>{{"other", {}}}});
  EXPECT_THAT(tried(), IsEmpty());
  EXPECT_THAT(
      not_tried(),
      ElementsAre("not_up a: it is down: nothing listens at a.test:8000",
                  "not_up b: it does not let us in (auth): it wants a key", "not_up c: it is loading",
                  "not_up d: it has not been probed yet",
                  "at_max_concurrent e: it has as many requests as `max_concurrent` allows (2)",
                  "api_missing f: it does not offer the API for this model (probed: POST /v1/x {: 400)",
                  "api_missing g: it does not offer the API for this model (configured: the file's `apis` says so)",
                  "model_not_listed h: it does not list the model",
                  "model_not_listed i: it does not list the model, as far as is known; it is down",
                  "model_left_out j: it lists the model, but the file's `models` of this endpoint leaves it out"));
  EXPECT_EQ(explanation_.outcome, Outcome::all_full);
}

TEST_F(ExplanationTest, TellsApartWhyNoneIsTried) {
  add({.verdict = Verdict::no});
  EXPECT_THAT(tried(), IsEmpty());
  EXPECT_EQ(explanation_.outcome, Outcome::api_missing);
  add({.health = Health::down});
  EXPECT_THAT(tried(), IsEmpty());
  EXPECT_EQ(explanation_.outcome, Outcome::none_up);
  EXPECT_THAT(tried("nobody-has-it"), IsEmpty());
  EXPECT_EQ(explanation_.outcome, Outcome::model_unknown);
}

TEST_F(ExplanationTest, ShowsAliasesWithTheNameThere) {
  add({.model = "big", .models = std::vector<config::EndpointModel>{{"big", {"alias"}}}});
  add({.verdict = Verdict::no, .model = "large", .models = std::vector<config::EndpointModel>{{"large", {"alias"}}}});
  EXPECT_THAT(tried("alias"), ElementsAre("a as big: it offers the API (probed: POST /v1/x {: 400)"));
  EXPECT_THAT(
      not_tried("alias"),
      ElementsAre("api_missing b as large: it does not offer the API for this model (probed: POST /v1/x {: 400)"));
}

TEST_F(ExplanationTest, NamesTheNearestOfAnUnknownModel) {
  for (const auto* model : {"qwen3:8b", "llama3.2:3b", "llama3.1:8b", "llama3.2:1b", "llama3.3:70b"}) {
    add({.model = model});
  }
  EXPECT_THAT(tried("Llama3.2"), IsEmpty());
  EXPECT_EQ(explanation_.nearest.size(), 3u);
  EXPECT_THAT((std::vector<std::string>{explanation_.nearest[0], explanation_.nearest[1]}),
              testing::UnorderedElementsAre("llama3.2:3b", "llama3.2:1b"));
  EXPECT_THAT(tried("nothing-like-any-of-these"), IsEmpty());
  EXPECT_THAT(explanation_.nearest, IsEmpty());
}

// What the header of Balancer says, once more and in other words.
auto rank(const registry::Snapshot& snapshot, const registry::Candidate& candidate) {
  const auto& endpoint = snapshot.endpoints[candidate.endpoint];
  const auto load = endpoint.load->in_flight + endpoint.load->foreign;
  const bool is_full = endpoint.load->slots != 0 && load >= endpoint.load->slots;
  return std::tuple(candidate.verdict != Verdict::yes, endpoint.priority, is_full, candidate.must_load,
                    static_cast<double>(load) / endpoint.weight);
}

TEST_F(ExplanationTest, AgreesWithTheBalancer) {
  std::mt19937 random(4);
  const auto below = [&](std::uint32_t bound) { return static_cast<std::uint32_t>(random() % bound); };
  constexpr Health healths[] = {Health::up, Health::up, Health::up, Health::busy, Health::down, Health::loading};
  constexpr Verdict verdicts[] = {Verdict::yes, Verdict::yes, Verdict::unknown, Verdict::no};
  std::size_t with_a_choice = 0;
  for (int round = 0; round < 500; ++round) {
    registry::Registry registry;
    std::vector<config::Endpoint> endpoints;
    const auto count = 1 + below(9);
    for (std::uint32_t i = 0; i < count; ++i) {
      auto& endpoint = endpoints.emplace_back(registry::endpoint("e" + std::to_string(i), below(2)));
      endpoint.weight = 1 + below(3);
      endpoint.max_concurrent = below(2) * below(4);
    }
    registry.configure(endpoints, {});
    for (const auto& endpoint : endpoints) {
      auto model = registry::model(below(8) == 0 ? "other" : "m");
      if (below(2) == 0) model.loaded = below(2) == 0;
      auto report = registry::report({model});
      report.health = healths[below(6)];
      report.routes[chat].verdict = verdicts[below(4)];
      registry.apply(endpoint.name, report);
    }
    const auto snapshot = registry.build();
    for (const auto& endpoint : snapshot->endpoints) {
      endpoint.load->in_flight = below(4);
      endpoint.load->foreign = below(3);
      endpoint.load->slots = below(4);
    }
    const auto* model = snapshot->find("m");
    if (model == nullptr) continue;
    const auto& candidates = model->candidates[chat];
    const auto explanation = explain(*snapshot, "m", chat);
    SCOPED_TRACE("round " + std::to_string(round));
    EXPECT_EQ(explanation.tried.size() + explanation.not_tried.size(), snapshot->endpoints.size());

    // Whatever failed before, what is chosen then is one of those that are explained as tried, and none is left over.
    Balancer balancer;
    std::set<std::uint32_t> ever_chosen;
    Tried tried;
    for (;;) {
      std::set<std::uint32_t> chosen;
      for (std::uint32_t i = 0; i < count; ++i) {
        const auto choice = balancer.choose(*snapshot, candidates, tried);
        if (choice.kind == Choice::Kind::chosen) chosen.insert(choice.candidate.endpoint);
      }
      if (chosen.empty()) break;
      if (tried.size() < explanation.tried.size()) {
        EXPECT_TRUE(chosen.contains(explanation.tried[tried.size()].endpoint));
        tried.push_back(explanation.tried[tried.size()].endpoint);
      } else {
        tried.push_back(*chosen.begin());
      }
      ever_chosen.insert(chosen.begin(), chosen.end());
    }
    std::set<std::uint32_t> explained;
    for (const auto& part : explanation.tried) explained.insert(part.endpoint);
    EXPECT_EQ(ever_chosen, explained);
    EXPECT_EQ(explanation.outcome == Outcome::tried, !explained.empty());

    // And the order is the one that is promised.
    std::vector<std::tuple<bool, std::uint32_t, bool, bool, double>> ranks;
    for (const auto& part : explanation.tried) {
      const auto found = std::find_if(candidates.begin(), candidates.end(),
                                      [&](const auto& each) { return each.endpoint == part.endpoint; });
      ASSERT_NE(found, candidates.end());
      ranks.push_back(rank(*snapshot, *found));
    }
    EXPECT_TRUE(std::is_sorted(ranks.begin(), ranks.end()));
    with_a_choice += ranks.size() > 1 ? 1 : 0;
  }
  EXPECT_GT(with_a_choice, 200u) << "the snapshots leave nothing to choose";
}

TEST_F(ExplanationTest, SaysWhereABreakerIsOpenAndWhoHasTooMuchToDo) {
  for (int i = 0; i < 4; ++i) add({});
  ASSERT_THAT(tried(), testing::SizeIs(4));
  const auto open = [](registry::Breaker& breaker, registry::EndpointLoad& load) {
    for (int i = 0; i < 6; ++i) breaker.fault(MonotonicTime(Milliseconds(1)), false);
    ++load.open_breakers;
  };
  const auto& endpoints = snapshot_->endpoints;
  open(endpoints[0].load->breaker, *endpoints[0].load);
  open(endpoints[1].models[0].load->breaker, *endpoints[1].load);
  endpoints[2].load->backpressure.press(MonotonicTime(Milliseconds(1)), Milliseconds(1'000));
  using testing::HasSubstr;
  const auto beginning = [](const char* name) { return testing::StartsWith(name); };
  EXPECT_THAT(tried(),
              ElementsAre(beginning("d: "), testing::AllOf(beginning("c: "), HasSubstr("it has too much to do")),
                          testing::AllOf(beginning("a: "), HasSubstr("its breaker is open: 6 faults")),
                          testing::AllOf(beginning("b: "), HasSubstr("breaker for this model is open: 6"))));
}

}  // namespace
}  // namespace pointsman::routing
