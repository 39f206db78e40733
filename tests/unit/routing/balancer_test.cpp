#include "pointsman/routing/balancer.hpp"

#include <gtest/gtest.h>

#include <map>

namespace pointsman::routing {
namespace {

using registry::Candidate;
using registry::Health;
using registry::Verdict;

class BalancerTest : public testing::Test {
 protected:
  struct Setting {
    std::uint32_t in_flight = 0;
    std::uint32_t weight = 1;
    std::uint32_t priority = 0;
    Health health = Health::up;
    std::uint32_t max_concurrent = 0;
    Verdict verdict = Verdict::yes;
    bool must_load = false;
    std::uint32_t foreign = 0;
    std::uint32_t slots = 0;
  };

  // In the order in which snapshots have candidates.
  void add(Setting setting) {
    registry::SnapshotEndpoint endpoint;
    endpoint.name = std::to_string(snapshot_.endpoints.size());
    endpoint.weight = setting.weight;
    endpoint.priority = setting.priority;
    endpoint.health = setting.health;
    endpoint.max_concurrent = setting.max_concurrent;
    endpoint.load = std::make_shared<registry::EndpointLoad>();
    endpoint.load->in_flight = setting.in_flight;
    endpoint.load->foreign = setting.foreign;
    endpoint.load->slots = setting.slots;
    candidates_.push_back(
        {static_cast<std::uint32_t>(snapshot_.endpoints.size()), 0, 0, setting.verdict, setting.must_load});
    snapshot_.endpoints.push_back(std::move(endpoint));
  }

  // How often each endpoint is chosen in twelve requests, none of which stays in flight.
  std::map<std::uint32_t, int> twelve(const Tried& tried = {}) {
    std::map<std::uint32_t, int> chosen;
    for (int i = 0; i < 12; ++i) {
      const auto choice = balancer_.choose(snapshot_, candidates_, tried);
      if (choice.kind == Choice::Kind::chosen) ++chosen[choice.candidate.endpoint];
    }
    return chosen;
  }

  using Chosen = std::map<std::uint32_t, int>;
  registry::Snapshot snapshot_;
  std::vector<Candidate> candidates_;
  Balancer balancer_;
};

TEST_F(BalancerTest, RotatesTies) {
  for (int i = 0; i < 3; ++i) add({});
  EXPECT_EQ(twelve(), (Chosen{{0, 4}, {1, 4}, {2, 4}}));
}

TEST_F(BalancerTest, PrefersWhoHasTheModelInMemory) {
  add({.must_load = true});
  add({.in_flight = 5});
  EXPECT_EQ(twelve(), (Chosen{{1, 12}}));
}

TEST_F(BalancerTest, LoadsTheModelElsewhereWhenAllSlotsAreTaken) {
  add({.must_load = true});
  add({.in_flight = 3, .foreign = 1, .slots = 4});
  EXPECT_EQ(twelve(), (Chosen{{0, 12}}));
}

TEST_F(BalancerTest, QueuesWhereAllSlotsOfAllAreTaken) {
  add({.in_flight = 6, .slots = 4});
  add({.in_flight = 5, .slots = 4});
  EXPECT_EQ(twelve(), (Chosen{{1, 12}})) << "full is what they say, not a limit";
}

TEST_F(BalancerTest, CountsWhatOthersSend) {
  add({.in_flight = 1, .foreign = 3});
  add({.in_flight = 3});
  EXPECT_EQ(twelve(), (Chosen{{1, 12}}));
}

TEST_F(BalancerTest, PrefersTheLeastLoaded) {
  add({.in_flight = 2});
  add({.in_flight = 1});
  add({.in_flight = 3});
  EXPECT_EQ(twelve(), (Chosen{{1, 12}}));
}

TEST_F(BalancerTest, WeighsLoadByWeight) {
  add({.in_flight = 5, .weight = 4});
  add({.in_flight = 2, .weight = 1});
  add({.in_flight = 10, .weight = 8});
  EXPECT_EQ(twelve(), (Chosen{{0, 6}, {2, 6}}));
}

TEST_F(BalancerTest, StaysInTheLowestPriorityThatHasOne) {
  add({.in_flight = 9, .priority = 0});
  add({.in_flight = 0, .priority = 1});
  EXPECT_EQ(twelve(), (Chosen{{0, 12}}));
  snapshot_.endpoints[0].health = Health::down;
  EXPECT_EQ(twelve(), (Chosen{{1, 12}}));
}

TEST_F(BalancerTest, TriesTheUnknownLast) {
  add({.in_flight = 9});
  add({.verdict = Verdict::unknown});
  EXPECT_EQ(twelve(), (Chosen{{0, 12}}));
  EXPECT_EQ(twelve(Tried{0}), (Chosen{{1, 12}}));
}

TEST_F(BalancerTest, LeavesOutTheTriedAndThoseThatAreNotUp) {
  for (const auto health : {Health::up, Health::down, Health::auth, Health::loading, Health::unknown, Health::busy}) {
    add({.health = health});
  }
  EXPECT_EQ(twelve(), (Chosen{{0, 6}, {5, 6}}));
  EXPECT_EQ(twelve(Tried{0, 5}), Chosen{});
  EXPECT_EQ(balancer_.choose(snapshot_, candidates_, Tried{0, 5}).kind, Choice::Kind::none_up);
}

TEST_F(BalancerTest, RespectsMaxConcurrent) {
  add({.in_flight = 2, .max_concurrent = 2});
  EXPECT_EQ(balancer_.choose(snapshot_, candidates_, {}).kind, Choice::Kind::all_full);
  add({.in_flight = 3, .max_concurrent = 4});
  EXPECT_EQ(twelve(), (Chosen{{1, 12}}));
}

TEST_F(BalancerTest, SpreadsWhatStaysInFlightByWeight) {
  add({.weight = 1});
  add({.weight = 3});
  std::vector<InFlight> requests;
  for (int i = 0; i < 40; ++i) {
    const auto choice = balancer_.choose(snapshot_, candidates_, {});
    requests.emplace_back(snapshot_.endpoints[choice.candidate.endpoint].load);
  }
  EXPECT_EQ(snapshot_.endpoints[0].load->in_flight, 10u);
  EXPECT_EQ(snapshot_.endpoints[1].load->in_flight, 30u);
  requests.clear();
  EXPECT_EQ(snapshot_.endpoints[1].load->in_flight, 0u);
}

}  // namespace
}  // namespace pointsman::routing
