#include "pointsman/registry/registry.hpp"

#include <gmock/gmock.h>

#include <boost/asio/ip/tcp.hpp>

#include "samples.hpp"

namespace pointsman::registry {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class RegistryTest : public testing::Test {
 protected:
  RegistryTest() { registry.configure({endpoint("a"), endpoint("b")}, {}); }

  const Learned& learned(std::string_view name) { return *registry.learned(name); }

  Registry registry;
};

TEST_F(RegistryTest, BeginsWithNothingLearned) {
  EXPECT_EQ(learned("a"), Learned());
  EXPECT_EQ(registry.learned("stranger"), nullptr);
}

TEST_F(RegistryTest, TakesInAWholeReport) {
  const ProbeReport found = report({model("m"), model("n")});
  const LearnedPtr result = registry.apply("a", found);
  ASSERT_EQ(result, registry.learned("a"));
  EXPECT_EQ(result->health, Health::up);
  EXPECT_EQ(result->detail, "");
  EXPECT_EQ(result->server_type, "vllm");
  EXPECT_EQ(result->version, "1.0");
  EXPECT_EQ(result->models, found.models);
  EXPECT_EQ(result->routes, found.routes);
  EXPECT_EQ(result->probed_at, noon);
  EXPECT_EQ(learned("b"), Learned());
}

TEST_F(RegistryTest, AnswersNullptrForAnEndpointThatIsGone) {
  EXPECT_EQ(registry.apply("stranger", report({})), nullptr);
  registry.restore("stranger", Learned());
  registry.resolved("stranger", {});
  EXPECT_EQ(registry.learned("stranger"), nullptr);
}

TEST_F(RegistryTest, ForgetsNothingWhenAnEndpointIsDown) {
  registry.apply("a", report({model("m")}));
  Learned expected = learned("a");
  expected.probed_at = noon + Milliseconds(1);
  EXPECT_EQ(*registry.apply("a", down()), expected) << "one failure is no death";
  EXPECT_TRUE(registry.is_in_doubt("a"));
  expected.health = Health::down;
  expected.detail = "connection refused";
  EXPECT_EQ(*registry.apply("a", down()), expected);
  EXPECT_FALSE(registry.is_in_doubt("a"));
}

TEST_F(RegistryTest, GoesDownByRequestsThatFail) {
  registry.apply("a", report({model("m")}));
  EXPECT_EQ(registry.fault("a")->health, Health::up);
  registry.success("a");
  EXPECT_FALSE(registry.is_in_doubt("a"));
  EXPECT_EQ(registry.fault("a")->health, Health::up);
  EXPECT_TRUE(registry.is_in_doubt("a"));
  const LearnedPtr after = registry.fault("a");
  EXPECT_EQ(after->health, Health::down);
  EXPECT_EQ(after->detail, "the last requests to it failed; it is probed again at once");
  EXPECT_EQ(after, registry.learned("a"));
  EXPECT_EQ(after->models, std::vector{model("m")});
  EXPECT_EQ(registry.fault("a"), nullptr);
  EXPECT_EQ(registry.fault("stranger"), nullptr);
  registry.success("stranger");
  EXPECT_FALSE(registry.is_in_doubt("stranger"));
}

TEST_F(RegistryTest, IsAsPatientAsItIsTold) {
  Registry patient({3, 2});
  patient.configure({endpoint("a")}, {});
  patient.apply("a", report({}));
  patient.apply("a", down());
  EXPECT_EQ(patient.apply("a", down())->health, Health::up);
  EXPECT_EQ(patient.apply("a", down())->health, Health::down);
  const LearnedPtr answers = patient.apply("a", report({model("m")}));
  EXPECT_EQ(answers->health, Health::down);
  EXPECT_EQ(answers->detail, "connection refused");
  EXPECT_EQ(answers->models, std::vector{model("m")});
  EXPECT_EQ(patient.apply("a", report({}))->health, Health::up);
}

TEST_F(RegistryTest, GoesOnWithTheHealthOfAnEarlierRun) {
  Learned earlier;
  earlier.health = Health::up;
  registry.restore("a", earlier);
  EXPECT_EQ(registry.apply("a", down())->health, Health::up);
  EXPECT_EQ(registry.apply("a", down())->health, Health::down);
}

TEST_F(RegistryTest, LearnsFromAnswers) {
  registry.apply("a", report({model("m")}));
  const Lesson lesson{"a", "m", Api::responses, Verdict::yes, "POST /v1/responses: 200", false};
  const LearnedPtr before = registry.learned("a");
  const LearnedPtr after = registry.learn(lesson, noon);
  ASSERT_NE(after, nullptr);
  EXPECT_EQ(after, registry.learned("a"));
  EXPECT_EQ(after->models[0].apis[Api::responses],
            (Capability{Verdict::yes, Provenance::observed, "POST /v1/responses: 200", noon}));
  EXPECT_EQ(before->models[0], model("m")) << "a snapshot may hold it";
  EXPECT_EQ(registry.learn(lesson, noon), nullptr);
  EXPECT_EQ(registry.learned("a"), after);

  Lesson of_a_stranger = lesson;
  of_a_stranger.endpoint = "stranger";
  EXPECT_EQ(registry.learn(of_a_stranger, noon), nullptr);
}

TEST_F(RegistryTest, TheLoadIsThatOfTheLastProbe) {
  ProbeReport busy = report({});
  busy.load.running = 3;
  busy.load.waiting = 2;
  busy.load.slots = 4;
  registry.apply("a", busy);
  const auto load = registry.build()->endpoints[0].load;
  EXPECT_EQ(load->foreign, 5u);
  EXPECT_EQ(load->slots, 4u);
  registry.apply("a", down());
  EXPECT_EQ(load->foreign, 0u);
  EXPECT_EQ(load->slots, 0u);
}

TEST_F(RegistryTest, ComesUpAgainWithoutTheOldDetail) {
  registry.apply("a", down());
  EXPECT_EQ(registry.apply("a", report({}))->detail, "");
}

TEST_F(RegistryTest, KeepsAVerdictThatWasNotFoundOutThisTime) {
  const Capability older = probed(Verdict::yes, noon - Milliseconds(500));
  ProbeReport first = report({model("m")});
  first.routes[Api::responses] = older;
  first.models[0].apis[Api::embeddings] = older;
  registry.apply("a", first);

  ProbeReport second = report({model("m")});
  second.routes[Api::responses] = {Verdict::unknown, Provenance::probed, "503 Loading model", noon};
  second.models[0].apis[Api::embeddings] = {};
  const Learned result = *registry.apply("a", second);
  EXPECT_EQ(result.routes[Api::responses], older);
  EXPECT_EQ(result.models[0].apis[Api::embeddings], older);
}

TEST_F(RegistryTest, ReplacesAVerdictThatWasFoundOutAnew) {
  registry.apply("a", report({model("m")}));
  ProbeReport second = report({model("m")});
  const Capability newer = probed(Verdict::no, noon + Milliseconds(500));
  second.routes[Api::chat_completions] = newer;
  second.models[0].apis[Api::responses] = newer;
  const Learned result = *registry.apply("a", second);
  EXPECT_EQ(result.routes[Api::chat_completions], newer);
  EXPECT_EQ(result.models[0].apis[Api::responses], newer);
}

TEST_F(RegistryTest, KeepsTheReasonWhyAVerdictIsUnknown) {
  ProbeReport found = report({});
  const Capability reason{Verdict::unknown, Provenance::probed, "503 Loading model", noon};
  found.routes[Api::responses] = reason;
  EXPECT_EQ(registry.apply("a", found)->routes[Api::responses], reason);
}

TEST_F(RegistryTest, KeepsTheModelsWhenTheyWereNotListed) {
  registry.apply("a", report({model("m")}));
  ProbeReport unlisted = report({model("other")});
  unlisted.models_listed = false;
  EXPECT_EQ(registry.apply("a", unlisted)->models, std::vector{model("m")});
}

TEST_F(RegistryTest, DropsAModelThatIsNoLongerListed) {
  registry.apply("a", report({model("m"), model("n")}));
  EXPECT_EQ(registry.apply("a", report({model("n")}))->models, std::vector{model("n")});
}

TEST_F(RegistryTest, KeepsWhatAModelDoesNotSayThisTime) {
  ModelReport whole = model("m");
  whole.created = 5;
  whole.owned_by = "us";
  whole.context_length = 4096;
  registry.apply("a", report({whole}));
  EXPECT_EQ(registry.apply("a", report({model("m")}))->models[0], whole);

  ModelReport changed = whole;
  changed.context_length = 8192;
  EXPECT_EQ(registry.apply("a", report({changed}))->models[0], changed);
}

TEST_F(RegistryTest, ListsAModelOnceAndNoneWithoutAName) {
  ModelReport again = model("m");
  again.owned_by = "the second";
  EXPECT_EQ(registry.apply("a", report({model("m"), again, model("")}))->models, std::vector{model("m")});
}

struct IdentityRow {
  Health health;
  std::string server_type;
  std::string expected;
};

TEST_F(RegistryTest, ForgetsTheKindOfServerOnlyWhenItAnswersAsAnother) {
  const IdentityRow rows[] = {
      {Health::up, "ollama", "ollama"},      {Health::up, "", ""},          {Health::down, "", "vllm"},
      {Health::loading, "ollama", "ollama"}, {Health::loading, "", "vllm"}, {Health::auth, "", "vllm"},
  };
  for (const auto& each : rows) {
    registry.apply("a", report({}));
    ProbeReport second;
    second.health = each.health;
    second.server_type = each.server_type;
    EXPECT_EQ(registry.apply("a", second)->server_type, each.expected) << name(each.health) << each.server_type;
  }
}

TEST_F(RegistryTest, RestoresWithHealthSoThatItServesBeforeTheFirstProbe) {
  Registry earlier;
  earlier.configure({endpoint("a")}, {});
  registry.restore("a", *earlier.apply("a", report({model("m")})));

  const SnapshotPtr snapshot = registry.build();
  ASSERT_NE(snapshot->find("m"), nullptr);
  EXPECT_TRUE(snapshot->find("m")->ready);
  EXPECT_TRUE(snapshot->endpoints[0].is_up());
  EXPECT_EQ(snapshot->find("m")->candidates[Api::chat_completions].size(), 1u);
}

TEST_F(RegistryTest, KeepsWhatItLearnedAcrossAReload) {
  registry.apply("a", report({model("m")}));
  config::Endpoint changed = endpoint("a");
  changed.weight = 7;
  registry.configure({endpoint("c"), changed}, {});

  EXPECT_EQ(learned("a").models, std::vector{model("m")});
  EXPECT_EQ(registry.learned("b"), nullptr);
  EXPECT_EQ(registry.endpoints()[1].weight, 7u);
  EXPECT_EQ(registry.build()->endpoints[1].weight, 7u);
}

TEST_F(RegistryTest, ForgetsWhatItLearnedWhenTheUrlChanges) {
  registry.apply("a", report({model("m")}));
  registry.resolved("a", {boost::asio::ip::tcp::endpoint(boost::asio::ip::tcp::v4(), 1)});
  config::Endpoint moved = endpoint("a");
  moved.url.port = 9000;
  registry.configure({moved}, {});
  EXPECT_EQ(learned("a"), Learned());
  EXPECT_THAT(registry.build()->endpoints[0].addresses, IsEmpty());
}

TEST_F(RegistryTest, HandsTheLoadOnWhileTheNameStays) {
  const auto before = registry.build()->endpoints;
  EXPECT_NE(before[0].load, before[1].load);
  EXPECT_EQ(registry.build()->endpoints[0].load, before[0].load);

  config::Endpoint moved = endpoint("a");
  moved.url.port = 9000;
  registry.configure({endpoint("b"), moved}, {});
  const auto after = registry.build()->endpoints;
  EXPECT_EQ(after[0].load, before[1].load);
  EXPECT_EQ(after[1].load, before[0].load);
}

TEST_F(RegistryTest, PublishesWhereTheNamesLead) {
  const boost::asio::ip::tcp::endpoint address(boost::asio::ip::make_address_v4("127.0.0.1"), 8000);
  registry.resolved("b", {address});
  const auto snapshot = registry.build();
  EXPECT_THAT(snapshot->endpoints[0].addresses, IsEmpty());
  EXPECT_THAT(snapshot->endpoints[1].addresses, ElementsAre(boost::asio::generic::stream_protocol::endpoint(address)));
}

TEST_F(RegistryTest, PublishesHowTlsIsSpoken) {
  const auto tls = net::TlsClient::create(*config::parse_url("https://a.test"), {});
  ASSERT_TRUE(tls) << tls.error().message;
  registry.secured("nobody", *tls);
  EXPECT_FALSE(registry.build()->endpoints[0].tls);
  registry.secured("a", *tls);
  EXPECT_TRUE(registry.build()->endpoints[0].tls);
}

TEST_F(RegistryTest, NumbersItsSnapshotsUpwards) {
  const auto first = registry.build();
  const auto second = registry.build();
  EXPECT_GT(first->number, 0u);
  EXPECT_EQ(second->number, first->number + 1);
}

TEST_F(RegistryTest, PublishesTheDefaultModels) {
  registry.configure({}, {{"responses", "small"}, {"an_api_of_the_future", "large"}});
  const auto snapshot = registry.build();
  EXPECT_EQ(snapshot->default_models[Api::responses], "small");
  EXPECT_EQ(snapshot->default_models[Api::chat_completions], "");
}

}  // namespace
}  // namespace pointsman::registry
