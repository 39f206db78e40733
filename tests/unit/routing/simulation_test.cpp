#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <functional>
#include <list>
#include <map>
#include <memory>
#include <optional>
#include <queue>
#include <random>
#include <string>
#include <vector>

#include "pointsman/base/mixing.hpp"
#include "pointsman/routing/balancer.hpp"

// What the policies do to a fleet: 16 endpoints of unequal speed, conversations of several turns, prompt caches, and a
// clock that jumps from event to event. The figures stand in docs/operations.md.
namespace pointsman::routing {
namespace {

using registry::Policy;
using Microseconds = std::chrono::microseconds;

constexpr std::size_t endpoint_count = 16;
constexpr std::size_t slots = 4;                  // requests that an endpoint works on at once
constexpr std::size_t cached_conversations = 32;  // whose prompts an endpoint remembers
constexpr std::size_t conversation_count = 6'000;
constexpr double conversations_per_second = 7.0;

// The work of a request, in milliseconds of the slowest endpoint.
constexpr double prefill_ms_for_turn = 220;  // of what one turn adds to the prompt
constexpr double decode_ms = 1'200;

struct Fleet {
  Fleet() {
    for (std::size_t i = 0; i < endpoint_count; ++i) {
      registry::SnapshotEndpoint endpoint;
      endpoint.name = "gpu-" + std::to_string(i);
      endpoint.health = registry::Health::up;
      endpoint.load = std::make_shared<registry::EndpointLoad>();
      endpoint.models.push_back({std::make_shared<registry::ModelLoad>(), 0});
      candidates.push_back({static_cast<std::uint32_t>(i), 0, 0, registry::Verdict::yes});
      snapshot.endpoints.push_back(std::move(endpoint));
    }
  }
  registry::Snapshot snapshot;
  std::vector<registry::Candidate> candidates;
};

// The conversations whose prompts an endpoint has, the last one used first.
class PromptCache {
 public:
  bool use(std::uint64_t conversation) {
    const auto found = by_conversation_.find(conversation);
    const bool is_hit = found != by_conversation_.end();
    if (is_hit) order_.erase(found->second);
    order_.push_front(conversation);
    by_conversation_[conversation] = order_.begin();
    if (order_.size() > cached_conversations) {
      by_conversation_.erase(order_.back());
      order_.pop_back();
    }
    return is_hit;
  }

 private:
  std::list<std::uint64_t> order_;
  std::map<std::uint64_t, std::list<std::uint64_t>::iterator> by_conversation_;
};

struct Result {
  double p50_ms = 0;
  double p99_ms = 0;
  double hits = 0;            // of the turns that are not a conversation's first
  double worst_overload = 0;  // the most that a load was above 1.25 times the mean, in requests
};

class Simulation {
 public:
  explicit Simulation(Policy policy) : policy_(policy), balancer_(11), nodes_(endpoint_count) {
    // From one to four times as quick as the slowest: what a fleet looks like that has grown.
    for (std::size_t i = 0; i < endpoint_count; ++i) nodes_[i].speed = 1.0 + 3.0 * static_cast<double>(i % 4) / 3.0;
    std::exponential_distribution<double> pause(conversations_per_second / 1000);
    double at = 0;
    for (std::uint64_t i = 1; i <= conversation_count; ++i) {
      at += pause(random_);
      const auto turns = 3 + static_cast<int>(random_() % 6);
      at_time(at, [this, i, turns] { ask(i, 1, turns); });
    }
  }

  Result run() {
    while (!events_.empty()) {
      auto event = std::move(const_cast<Event&>(events_.top()));
      events_.pop();
      now_ms_ = event.at_ms;
      event.action();
    }
    std::sort(latencies_.begin(), latencies_.end());
    result_.p50_ms = latencies_[latencies_.size() / 2];
    result_.p99_ms = latencies_[latencies_.size() * 99 / 100];
    result_.hits = static_cast<double>(hits_) / static_cast<double>(later_turns_);
    return result_;
  }

 private:
  struct Event {
    double at_ms;
    std::uint64_t number;
    std::function<void()> action;
    bool operator<(const Event& other) const {
      return at_ms != other.at_ms ? at_ms > other.at_ms : number > other.number;
    }
  };
  struct Work {
    double asked_ms;
    std::uint64_t conversation;
    int turn;
    int turns;
    Place place;
  };
  struct Node {
    double speed = 1;
    std::size_t running = 0;
    std::list<Work> waiting;
    PromptCache cache;
  };

  MonotonicTime now() const { return MonotonicTime(Milliseconds(1'000'000 + static_cast<std::int64_t>(now_ms_))); }

  void at_time(double ms, std::function<void()> action) { events_.push({ms, number_++, std::move(action)}); }

  void ask(std::uint64_t conversation, int turn, int turns) {
    Work work{now_ms_, conversation, turn, turns, {}};
    const Occasion occasion{.policy = policy_, .affinity = mixed(conversation), .now = now()};
    const auto choice = balancer_.choose(fleet_.snapshot, fleet_.candidates, {}, occasion, &work.place);
    note_balance(choice.candidate.endpoint);
    auto& node = nodes_[choice.candidate.endpoint];
    node.waiting.push_back(std::move(work));
    begin(choice.candidate.endpoint);
  }

  void note_balance(std::uint32_t chosen) {
    double total = 0;
    for (const auto& endpoint : fleet_.snapshot.endpoints) total += endpoint.load->in_flight;
    const double bound = std::ceil(1.25 * total / endpoint_count);
    const double over = fleet_.snapshot.endpoints[chosen].load->in_flight - bound;
    result_.worst_overload = std::max(result_.worst_overload, over);
  }

  void begin(std::uint32_t number) {
    auto& node = nodes_[number];
    if (node.running == slots || node.waiting.empty()) return;
    ++node.running;
    const auto work = std::make_shared<Work>(std::move(node.waiting.front()));
    node.waiting.pop_front();
    const bool is_hit = node.cache.use(work->conversation);
    if (work->turn > 1) {
      ++later_turns_;
      if (is_hit) ++hits_;
    }
    const double prefill = prefill_ms_for_turn * (is_hit ? 1 : work->turn) / node.speed;
    const double first_byte_ms = now_ms_ + prefill;
    at_time(first_byte_ms, [this, number, work] {
      const Microseconds took(static_cast<std::int64_t>((now_ms_ - work->asked_ms) * 1000));
      fleet_.snapshot.endpoints[number].load->latency.observe(took, now());
    });
    at_time(first_byte_ms + decode_ms / node.speed, [this, number, work] { end(number, *work); });
  }

  void end(std::uint32_t number, Work& work) {
    latencies_.push_back(now_ms_ - work.asked_ms);
    work.place.give_back();
    --nodes_[number].running;
    begin(number);
    if (work.turn == work.turns) return;
    std::exponential_distribution<double> thinking(1.0 / 8'000);
    at_time(now_ms_ + thinking(random_), [this, conversation = work.conversation, turn = work.turn + 1,
                                          turns = work.turns] { ask(conversation, turn, turns); });
  }

  Policy policy_;
  Balancer balancer_;
  Fleet fleet_;
  std::vector<Node> nodes_;
  std::mt19937_64 random_{5};
  std::priority_queue<Event> events_;
  std::uint64_t number_ = 0;
  double now_ms_ = 0;
  std::vector<double> latencies_;
  std::size_t hits_ = 0;
  std::size_t later_turns_ = 0;
  Result result_;
};

TEST(Simulation, ShowsWhatEachPolicyIsGoodFor) {
  const std::pair<const char*, Policy> policies[] = {{"least_loaded", Policy::least_loaded},
                                                     {"round_robin", Policy::round_robin},
                                                     {"p2c_latency", Policy::p2c_latency},
                                                     {"prefix_hash", Policy::prefix_hash}};
  std::map<Policy, Result> results;
  std::printf("%-14s %8s %8s %11s\n", "policy", "p50 ms", "p99 ms", "cache hits");
  for (const auto& [name, policy] : policies) {
    const auto result = Simulation(policy).run();
    std::printf("%-14s %8.0f %8.0f %10.1f%%\n", name, result.p50_ms, result.p99_ms, 100 * result.hits);
    results[policy] = result;
  }

  EXPECT_LE(results[Policy::prefix_hash].worst_overload, 0) << "no endpoint gets more than 1.25 times the mean";
  EXPECT_GT(results[Policy::prefix_hash].hits, results[Policy::least_loaded].hits + 0.3);
  EXPECT_LT(results[Policy::least_loaded].p99_ms, results[Policy::round_robin].p99_ms);
  EXPECT_LT(results[Policy::p2c_latency].p99_ms, results[Policy::round_robin].p99_ms);
}

}  // namespace
}  // namespace pointsman::routing
