#include "pointsman/routing/balancer.hpp"

#include <gtest/gtest.h>

#include <map>
#include <string>

namespace pointsman::routing {
namespace {

using registry::Candidate;
using registry::Health;
using registry::Policy;
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
    std::uint32_t model_limit = 0;
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
    endpoint.models.push_back({std::make_shared<registry::ModelLoad>(), setting.model_limit});
    candidates_.push_back({static_cast<std::uint32_t>(snapshot_.endpoints.size()), 0, 0, setting.verdict,
                           setting.must_load, setting.model_limit != 0});
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

  // Whom each of so many requests goes to that are over before the next comes, in order.
  std::string in_order(int requests, const Occasion& occasion) {
    std::string order;
    for (int i = 0; i < requests; ++i) {
      Place place;
      order +=
          static_cast<char>('a' + balancer_.choose(snapshot_, candidates_, {}, occasion, &place).candidate.endpoint);
    }
    return order;
  }

  // How often each is chosen for conversations that are unlike each other.
  std::map<std::uint32_t, int> of_conversations(int count) {
    std::map<std::uint32_t, int> chosen;
    for (int i = 1; i <= count; ++i) ++chosen[home_of(static_cast<std::uint64_t>(i))];
    return chosen;
  }
  std::uint32_t home_of(std::uint64_t affinity) {
    return balancer_.choose(snapshot_, candidates_, {}, {.policy = Policy::prefix_hash, .affinity = affinity})
        .candidate.endpoint;
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
  std::vector<Place> requests(40);
  for (auto& each : requests) balancer_.choose(snapshot_, candidates_, {}, {}, &each);
  EXPECT_EQ(snapshot_.endpoints[0].load->in_flight, 10u);
  EXPECT_EQ(snapshot_.endpoints[1].load->in_flight, 30u);
  requests.clear();
  EXPECT_EQ(snapshot_.endpoints[1].load->in_flight, 0u);
}

TEST_F(BalancerTest, RespectsTheLimitOfAModel) {
  add({.max_concurrent = 3, .model_limit = 1});
  Place first;
  EXPECT_EQ(balancer_.choose(snapshot_, candidates_, {}, {}, &first).kind, Choice::Kind::chosen);
  Place second;
  EXPECT_EQ(balancer_.choose(snapshot_, candidates_, {}, {}, &second).kind, Choice::Kind::all_full);
  EXPECT_FALSE(second.is_taken());
  EXPECT_EQ(snapshot_.endpoints[0].load->in_flight, 1u);
  first.give_back();
  EXPECT_EQ(balancer_.choose(snapshot_, candidates_, {}, {}, &second).kind, Choice::Kind::chosen);
}

constexpr Occasion round_robin{.policy = Policy::round_robin};

TEST_F(BalancerTest, TakesTurns) {
  add({.in_flight = 7});
  add({});
  add({});
  EXPECT_EQ(in_order(7, round_robin), "abcabca") << "whatever the load";
}

TEST_F(BalancerTest, TakesTurnsByWeightAndNotInARow) {
  add({.weight = 5});
  add({.weight = 1});
  add({.weight = 1});
  EXPECT_EQ(in_order(14, round_robin), "aaabcaaaaabcaa");
}

TEST_F(BalancerTest, GivesNoneThatWasAwayAllTurns) {
  for (int i = 0; i < 3; ++i) add({});
  snapshot_.endpoints[1].health = Health::down;
  EXPECT_EQ(in_order(6, round_robin), "acacac");
  in_order(100, round_robin);
  snapshot_.endpoints[1].health = Health::up;
  EXPECT_EQ(in_order(7, round_robin), "babcabc");
}

TEST_F(BalancerTest, SharesTurnsWithOtherWorkers) {
  for (int i = 0; i < 3; ++i) add({});
  Balancer other;
  std::string order;
  for (int i = 0; i < 3; ++i) {
    order += in_order(1, round_robin);
    Place place;
    order += static_cast<char>('a' + other.choose(snapshot_, candidates_, {}, round_robin, &place).candidate.endpoint);
  }
  EXPECT_EQ(order, "abcabc");
}

TEST_F(BalancerTest, LeavesOutTheFullAndTheTriedWhateverThePolicy) {
  add({.in_flight = 1, .max_concurrent = 1});
  add({});
  add({});
  add({.must_load = true});
  add({.foreign = 2, .slots = 2});
  add({.priority = 1});
  add({.health = Health::down});
  for (const auto policy : {Policy::least_loaded, Policy::round_robin, Policy::p2c_latency, Policy::prefix_hash}) {
    Chosen chosen;
    for (std::uint64_t i = 1; i <= 12; ++i) {
      const Occasion occasion{.policy = policy, .affinity = i};
      ++chosen[balancer_.choose(snapshot_, candidates_, Tried{1}, occasion).candidate.endpoint];
    }
    EXPECT_EQ(chosen, (Chosen{{2, 12}})) << static_cast<int>(policy);
  }
}

TEST_F(BalancerTest, TakesTheQuickerOfTwo) {
  const Occasion now{.policy = Policy::p2c_latency, .now = MonotonicTime(Milliseconds(1'000'000))};
  struct {
    const char* what;
    std::uint32_t in_flight[2];
    std::uint32_t weight[2];
    int first_byte_ms[2];  // 0: not known
    char taken;
  } const cases[] = {
      {"the one that answers sooner", {0, 0}, {1, 1}, {100, 50}, 'b'},
      {"unless it has more to do", {0, 2}, {1, 1}, {100, 50}, 'a'},
      {"for its weight", {2, 2}, {1, 4}, {50, 100}, 'b'},
      {"one that is not known, to know it", {0, 0}, {1, 1}, {50, 0}, 'b'},
      {"but not with everything", {1, 1}, {1, 1}, {50, 0}, 'a'},
  };
  for (const auto& each : cases) {
    snapshot_ = {};
    candidates_.clear();
    for (int i : {0, 1}) {
      add({.in_flight = each.in_flight[i], .weight = each.weight[i]});
      const std::chrono::milliseconds took(each.first_byte_ms[i]);
      if (took.count() != 0) snapshot_.endpoints.back().load->latency.observe(took, now.now);
    }
    EXPECT_EQ(in_order(8, now), std::string(8, each.taken)) << each.what;
  }
}

TEST_F(BalancerTest, DrawsAnyTwo) {
  constexpr int count = 5;
  const Occasion occasion{.policy = Policy::p2c_latency};
  for (int i = 0; i < count; ++i) {
    add({});
    snapshot_.endpoints.back().load->latency.observe(std::chrono::milliseconds(10 * (i + 1)), {});
  }
  Chosen chosen;
  for (int i = 0; i < 10'000; ++i) {
    ++chosen[balancer_.choose(snapshot_, candidates_, {}, occasion).candidate.endpoint];
  }
  // Of ten pairs the quickest is in four, the next in three without it, and so on; the slowest is never taken.
  for (std::uint32_t i = 0; i < count; ++i) EXPECT_NEAR(chosen[i], 1000 * (count - 1 - static_cast<int>(i)), 200) << i;
}

TEST_F(BalancerTest, KeepsAConversationWhereItIs) {
  for (int i = 0; i < 8; ++i) add({});
  const auto home = home_of(42);
  for (int i = 0; i < 10; ++i) EXPECT_EQ(home_of(42), home);

  snapshot_.endpoints[home].health = Health::down;
  const auto second = home_of(42);
  EXPECT_NE(second, home);
  snapshot_.endpoints[home].health = Health::up;
  EXPECT_EQ(home_of(42), home);
}

TEST_F(BalancerTest, MovesFewConversationsWhenAnEndpointGoes) {
  for (int i = 0; i < 8; ++i) add({});
  std::map<std::uint64_t, std::uint32_t> before;
  for (std::uint64_t i = 1; i <= 1000; ++i) before[i] = home_of(i);
  snapshot_.endpoints[3].health = Health::down;
  for (const auto& [conversation, home] : before) {
    if (home != 3) EXPECT_EQ(home_of(conversation), home);
  }
}

TEST_F(BalancerTest, SpreadsConversationsByWeight) {
  add({.weight = 1});
  add({.weight = 3});
  const auto chosen = of_conversations(4000);
  EXPECT_NEAR(chosen.at(0), 1000, 150);
  EXPECT_NEAR(chosen.at(1), 3000, 150);
}

TEST_F(BalancerTest, LetsNoHotSpotForm) {
  for (int i = 0; i < 8; ++i) add({});
  std::vector<Place> requests(100);
  for (auto& each : requests) {
    balancer_.choose(snapshot_, candidates_, {}, {.policy = Policy::prefix_hash, .affinity = 42}, &each);
  }
  for (const auto& endpoint : snapshot_.endpoints) EXPECT_LE(endpoint.load->in_flight, 16u) << "100 / 8 * 1.25";
}

TEST_F(BalancerTest, GoesByLoadWithoutAConversation) {
  add({.in_flight = 1});
  add({});
  for (int i = 0; i < 3; ++i) EXPECT_EQ(home_of(0), 1u);
}

}  // namespace
}  // namespace pointsman::routing
