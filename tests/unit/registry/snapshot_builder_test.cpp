#include "pointsman/registry/snapshot_builder.hpp"

#include <gmock/gmock.h>

#include <set>

#include "samples.hpp"

namespace pointsman::registry {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class SnapshotBuilderTest : public testing::Test {
 protected:
  // Configures one endpoint more and takes in what was found there.
  void add(const config::Endpoint& configured, const ProbeReport& found) {
    endpoints_.push_back(configured);
    registry_.configure(endpoints_, {});
    registry_.apply(configured.name, found);
  }

  Snapshot build() { return *registry_.build(); }

 private:
  std::vector<config::Endpoint> endpoints_;
  Registry registry_;
};

// The candidates as a person would write them: "endpoint:name there".
std::vector<std::string> candidates(const Snapshot& snapshot, std::string_view name, Api api = Api::chat_completions) {
  std::vector<std::string> result;
  const SnapshotModel* found = snapshot.find(name);
  if (found == nullptr) return {"no such model"};
  for (const auto& each : found->candidates[api]) {
    result.push_back(snapshot.endpoints[each.endpoint].name + ":" + found->names[each.name]);
  }
  return result;
}

TEST_F(SnapshotBuilderTest, FindsModelsByEveryNameAndNothingElse) {
  add(endpoint("a"), report({model("m"), model("B"), model("org/x:y")}));
  const Snapshot snapshot = build();
  EXPECT_THAT(ids(snapshot), ElementsAre("B", "m", "org/x:y"));
  for (const auto& each : snapshot.models) EXPECT_EQ(snapshot.find(each.id), &each);
  EXPECT_EQ(snapshot.find(""), nullptr);
  EXPECT_EQ(snapshot.find("M"), nullptr);
}

TEST_F(SnapshotBuilderTest, CarriesWhatTheRequestPathNeedsOfAnEndpoint) {
  config::Endpoint configured = endpoint("a", 3);
  configured.api_key = Secret("hush");
  configured.weight = 2;
  configured.max_concurrent = 8;
  configured.timeouts.connect = Milliseconds(17);
  add(configured, report({}));
  add(endpoint("b"), down());

  const Snapshot snapshot = build();
  const SnapshotEndpoint& a = snapshot.endpoints[0];
  EXPECT_EQ(a.name, "a");
  EXPECT_EQ(a.url, configured.url);
  EXPECT_EQ(a.host_header, "a.test:8000");
  EXPECT_EQ(a.authorization.reveal(), "Bearer hush");
  EXPECT_EQ(a.weight, 2u);
  EXPECT_EQ(a.priority, 3u);
  EXPECT_EQ(a.max_concurrent, 8u);
  EXPECT_EQ(a.timeouts, configured.timeouts);
  EXPECT_EQ(a.health, Health::up);
  EXPECT_TRUE(snapshot.endpoints[1].authorization.empty());
  EXPECT_EQ(snapshot.endpoints[1].health, Health::down);
}

TEST_F(SnapshotBuilderTest, SaysWhichModelsHaveALimitOfTheirOwn) {
  config::Endpoint configured = endpoint("a");
  configured.models = {{"m", {"alias"}, 2}, {"n", {}, 0}};
  add(configured, report({model("m"), model("n")}));
  const Snapshot snapshot = build();
  for (const auto& [name, is_limited] : {std::pair("m", true), {"alias", true}, {"n", false}}) {
    const auto& candidates = snapshot.find(name)->candidates[Api::chat_completions];
    ASSERT_EQ(candidates.size(), 1u) << name;
    EXPECT_EQ(candidates[0].is_limited, is_limited) << name;
    EXPECT_EQ(snapshot.endpoints[0].models[candidates[0].model].max_concurrent, is_limited ? 2u : 0u) << name;
  }
}

TEST_F(SnapshotBuilderTest, KeepsConnectionsOfDifferentPlacesApart) {
  config::Endpoint socket = endpoint("s");
  socket.url = {};
  socket.url.scheme = "unix";
  socket.url.unix_path = "/run/llama.sock";
  config::Endpoint secure = endpoint("a");
  secure.name = "t";
  secure.url.scheme = "https";
  add(endpoint("a"), report({}));
  add(socket, report({}));
  add(secure, report({}));

  const Snapshot snapshot = build();
  EXPECT_EQ(snapshot.endpoints[0].place, "http://a.test:8000");
  EXPECT_EQ(snapshot.endpoints[1].place, "unix:///run/llama.sock");
  EXPECT_EQ(snapshot.endpoints[2].place, "https://a.test:8000");
}

TEST_F(SnapshotBuilderTest, KeepsConnectionsOfDifferentTlsApart) {
  const config::CertificateFiles files{"/c.pem", "/k.pem"};
  const config::EndpointTls settings[] = {{},
                                          {"/ca.pem", {}, "", true},
                                          {"", files, "", true},
                                          {"", config::CertificateFiles{"/c.pem", "/other.pem"}, "", true},
                                          {"", {}, "gpu.example", true},
                                          {"", {}, "", false}};
  for (const auto& each : settings) {
    config::Endpoint secure = endpoint("a");
    secure.name = std::to_string(&each - settings);
    secure.url.scheme = "https";
    secure.tls = each;
    add(secure, report({}));
  }
  std::set<std::string> places;
  for (const auto& each : build().endpoints) places.insert(each.place);
  EXPECT_EQ(places.size(), std::size(settings));
}

TEST_F(SnapshotBuilderTest, MergesAModelOfSeveralEndpoints) {
  ModelReport first = model("m");
  first.context_length = 8192;
  ModelReport second = model("m");
  second.created = 200;
  second.owned_by = "second";
  second.context_length = 4096;
  ModelReport third = model("m");
  third.created = 100;
  third.owned_by = "third";
  third.context_length = 16384;
  add(endpoint("a"), report({first}));
  add(endpoint("b"), report({second}));
  add(endpoint("c"), report({third}));

  const Snapshot snapshot = build();
  ASSERT_THAT(ids(snapshot), ElementsAre("m"));
  const SnapshotModel& merged = snapshot.models[0];
  EXPECT_EQ(merged.created, 100);
  EXPECT_EQ(merged.owned_by, "second");
  EXPECT_EQ(merged.context_length, 4096);
  EXPECT_THAT(merged.names, ElementsAre("m"));
  EXPECT_THAT(merged.endpoints, ElementsAre(0u, 1u, 2u));
}

TEST_F(SnapshotBuilderTest, KnowsNoTimeThatNoEndpointTold) {
  add(endpoint("a"), report({model("m")}));
  EXPECT_EQ(build().models[0].created, 0);
  EXPECT_EQ(build().models[0].context_length, std::nullopt);
}

TEST_F(SnapshotBuilderTest, ServesOnlyTheConfiguredModelsWhereThereAreAny) {
  ModelReport listed = model("listed");
  listed.owned_by = "a";
  listed.apis[Api::chat_completions] = probed(Verdict::no);
  add(endpoint_with("a", {{"listed", {}}, {"not-listed", {}}}), report({listed, model("not-configured")}));

  const Snapshot snapshot = build();
  EXPECT_THAT(ids(snapshot), ElementsAre("listed", "not-listed"));
  EXPECT_EQ(snapshot.find("listed")->owned_by, "a");
  EXPECT_THAT(candidates(snapshot, "listed"), IsEmpty());
  EXPECT_THAT(candidates(snapshot, "not-listed"), ElementsAre("a:not-listed")) << "judged by the route";
}

TEST_F(SnapshotBuilderTest, ServesNothingWhereTheConfiguredListIsEmpty) {
  add(endpoint_with("a", {}), report({model("m")}));
  EXPECT_THAT(ids(build()), IsEmpty());
}

TEST_F(SnapshotBuilderTest, MakesAnAliasAModelOfItsOwn) {
  ModelReport listed = model("llama3.2:3b");
  listed.created = 7;
  add(endpoint_with("a", {{"llama3.2:3b", {"small", "cheap"}}}), report({listed}));

  const Snapshot snapshot = build();
  EXPECT_THAT(ids(snapshot), ElementsAre("cheap", "llama3.2:3b", "small"));
  EXPECT_THAT(candidates(snapshot, "small"), ElementsAre("a:llama3.2:3b"));
  EXPECT_THAT(candidates(snapshot, "llama3.2:3b"), ElementsAre("a:llama3.2:3b"));
  EXPECT_EQ(snapshot.find("small")->created, 7);
}

TEST_F(SnapshotBuilderTest, MergesAnAliasWithAModelReallyCalledThat) {
  add(endpoint_with("a", {{"llama3.2:3b", {"small"}}}), report({model("llama3.2:3b")}));
  add(endpoint("b"), report({model("small")}));
  const Snapshot snapshot = build();
  EXPECT_THAT(ids(snapshot), ElementsAre("llama3.2:3b", "small"));
  EXPECT_THAT(candidates(snapshot, "small"), ElementsAre("a:llama3.2:3b", "b:small"));
  EXPECT_THAT(candidates(snapshot, "llama3.2:3b"), ElementsAre("a:llama3.2:3b"));
}

TEST_F(SnapshotBuilderTest, MergesTheSameAliasOfDifferentModels) {
  add(endpoint_with("a", {{"llama3.2:3b", {"small"}}}), report({}));
  add(endpoint_with("b", {{"Llama-3.2-3B", {"small"}}}), report({}));
  add(endpoint_with("c", {{"llama3.2:3b", {"small"}}}), report({}));
  const Snapshot snapshot = build();
  EXPECT_THAT(candidates(snapshot, "small"), ElementsAre("a:llama3.2:3b", "b:Llama-3.2-3B", "c:llama3.2:3b"));
  EXPECT_THAT(snapshot.find("small")->names, ElementsAre("llama3.2:3b", "Llama-3.2-3B"));
}

TEST_F(SnapshotBuilderTest, PrefersAnEndpointsOwnModelOverItsAliasOfThatName) {
  add(endpoint_with("a", {{"large", {"small"}}, {"small", {}}, {"tiny", {"small"}}}), report({}));
  const Snapshot snapshot = build();
  EXPECT_THAT(candidates(snapshot, "small"), ElementsAre("a:small"));
  EXPECT_THAT(snapshot.find("small")->endpoints, ElementsAre(0u));
}

TEST_F(SnapshotBuilderTest, OrdersByVerdictThenPriorityThenConfiguration) {
  ProbeReport unsure = report({model("m")});
  unsure.routes[Api::chat_completions] = {};
  ProbeReport without = report({model("m")});
  without.routes[Api::chat_completions] = probed(Verdict::no);
  add(endpoint("unsure-0", 0), unsure);
  add(endpoint("yes-2", 2), report({model("m")}));
  add(endpoint("without-0", 0), without);
  add(endpoint("yes-1", 1), report({model("m")}));
  add(endpoint("yes-1-later", 1), report({model("m")}));
  add(endpoint("unsure-0-later", 0), unsure);

  EXPECT_THAT(candidates(build(), "m"),
              ElementsAre("yes-1:m", "yes-1-later:m", "yes-2:m", "unsure-0:m", "unsure-0-later:m"));
}

// What an answer depends on: nobody has the API (501), who has it is down (503), or it can be served.
TEST_F(SnapshotBuilderTest, TellsAnApiThatIsMissingFromOneThatIsDown) {
  ProbeReport broken = report({model("m")});
  broken.routes[Api::responses] = probed(Verdict::yes);
  broken.health = Health::down;
  add(endpoint("chat-only"), report({model("m")}));
  add(endpoint("down"), broken);

  const Snapshot snapshot = build();
  EXPECT_THAT(candidates(snapshot, "m", Api::embeddings), IsEmpty());
  EXPECT_THAT(candidates(snapshot, "m", Api::responses), ElementsAre("down:m"));
  EXPECT_FALSE(snapshot.endpoints[1].is_up());
  EXPECT_THAT(candidates(snapshot, "m", Api::chat_completions), ElementsAre("chat-only:m", "down:m"));
}

TEST_F(SnapshotBuilderTest, IsReadyWhileOneEndpointOfTheModelIsUp) {
  ProbeReport broken = report({model("both"), model("only-down")});
  broken.health = Health::down;
  add(endpoint("a"), broken);
  add(endpoint("b"), report({model("both")}));
  const Snapshot snapshot = build();
  EXPECT_TRUE(snapshot.find("both")->ready);
  EXPECT_FALSE(snapshot.find("only-down")->ready);
  EXPECT_THAT(snapshot.find("only-down")->endpoints, ElementsAre(0u));
}

TEST_F(SnapshotBuilderTest, LetsTheOperatorAddAndTakeAwayApis) {
  config::Endpoint configured = endpoint("a");
  configured.apis = {{"chat_completions", false}, {"responses", true}};
  add(configured, report({model("m")}));
  EXPECT_THAT(candidates(build(), "m", Api::chat_completions), IsEmpty());
  EXPECT_THAT(candidates(build(), "m", Api::responses), ElementsAre("a:m"));
}

}  // namespace
}  // namespace pointsman::registry
