#include "pointsman/routing/balancer.hpp"

#include <algorithm>
#include <compare>
#include <limits>

#include "pointsman/base/mixing.hpp"
#include "pointsman/routing/rendezvous.hpp"

namespace pointsman::routing {
namespace {

using registry::Candidate;
using registry::Policy;
using registry::Snapshot;

// Of an endpoint of which nothing is known but that it has a request: it is not to get all of them because its first
// answer still lets us wait.
constexpr std::chrono::microseconds presumed = std::chrono::seconds(1);

// How much is to be said against a candidate; of two of the same verdict and priority the smaller one is chosen.
struct Drawback {
  bool is_full = false;  // as far as the endpoint itself says
  bool must_load = false;
  std::uint64_t load = 0;
  std::uint32_t weight = 1;

  std::weak_ordering operator<=>(const Drawback& other) const {
    if (const auto order = is_full <=> other.is_full; order != 0) return order;
    if (const auto order = must_load <=> other.must_load; order != 0) return order;
    return load * other.weight <=> other.load * weight;
  }
};

std::uint64_t load_of(const registry::SnapshotEndpoint& endpoint) {
  return std::uint64_t{endpoint.load->in_flight} + endpoint.load->foreign;
}

// Other policies than least_loaded decide by something else than by load, among those that are equal without it.
bool goes_by_load(const Occasion& occasion) {
  return occasion.policy == Policy::least_loaded || (occasion.policy == Policy::prefix_hash && occasion.affinity == 0);
}

std::atomic<std::uint64_t>& position_of(const Snapshot& snapshot, const Candidate& candidate) {
  return snapshot.endpoints[candidate.endpoint].models[candidate.model].load->turn;
}

template <class Best>
const Candidate& next_in_turn(const Snapshot& snapshot, const Best& best, std::optional<Turn>& turn) {
  const Candidate* next = nullptr;
  std::uint64_t earliest = 0;
  std::uint64_t furthest = 0;
  for (const auto* each : best) {
    const std::uint64_t position = position_of(snapshot, *each).load(std::memory_order_relaxed);
    const std::uint64_t order = order_of(position, snapshot.endpoints[each->endpoint].weight);
    furthest = std::max(furthest, position);
    if (next != nullptr && order >= earliest) continue;
    next = each;
    earliest = order;
    turn = Turn{.from = position};
  }
  turn->to = after_turn(turn->from, snapshot.endpoints[next->endpoint].weight, furthest);
  return *next;
}

template <class Best>
const Candidate& first_with_room(const Snapshot& snapshot, const Best& best, std::uint64_t affinity) {
  // Read once: other workers change them meanwhile, and one of them always is below its share then.
  boost::container::small_vector<std::uint64_t, 16> loads;
  std::uint64_t total = 1;
  std::uint64_t total_weight = 0;
  for (const auto* each : best) {
    const auto& endpoint = snapshot.endpoints[each->endpoint];
    loads.push_back(load_of(endpoint));
    total += loads.back();
    total_weight += endpoint.weight;
  }
  const Candidate* first = nullptr;
  double lowest = 0;
  for (std::size_t i = 0; i < best.size(); ++i) {
    const auto& endpoint = snapshot.endpoints[best[i]->endpoint];
    if (loads[i] >= bounded_load(total, endpoint.weight, total_weight)) continue;
    const double rank = rendezvous_rank(affinity, endpoint.name, endpoint.weight);
    if (first != nullptr && rank >= lowest) continue;
    first = best[i];
    lowest = rank;
  }
  return *first;
}

}  // namespace

double expected_wait(const registry::SnapshotEndpoint& endpoint, MonotonicTime now) {
  const auto load = static_cast<double>(load_of(endpoint));
  auto latency = endpoint.load->latency.expected(now);
  if (latency.count() == 0 && load > 0) latency = presumed;
  return static_cast<double>(latency.count()) * (load + 1) / endpoint.weight;
}

Choice Balancer::choose(const Snapshot& snapshot, std::span<const Candidate> candidates, const Tried& tried,
                        const Occasion& occasion, Place* place) {
  for (;;) {
    const auto [choice, turn] = pick(snapshot, candidates, tried, occasion);
    if (choice.kind != Choice::Kind::chosen || place == nullptr) return choice;
    if (turn && !turn->take(position_of(snapshot, choice.candidate))) continue;
    if (place->take(snapshot.endpoints[choice.candidate.endpoint], choice.candidate)) return choice;
  }
}

Balancer::Pick Balancer::pick(const Snapshot& snapshot, std::span<const Candidate> candidates, const Tried& tried,
                              const Occasion& occasion) {
  Pick pick;
  auto& choice = pick.choice;
  Best best;
  const registry::SnapshotEndpoint* best_endpoint = nullptr;
  Drawback least;
  const bool by_load = goes_by_load(occasion);
  for (const auto& each : candidates) {
    const auto& endpoint = snapshot.endpoints[each.endpoint];
    // Candidates stand in order of verdict and priority: the first group that has one ends the search.
    if (best_endpoint != nullptr &&
        (each.verdict != best.front()->verdict || endpoint.priority != best_endpoint->priority)) {
      break;
    }
    if (!endpoint.is_up() || std::find(tried.begin(), tried.end(), each.endpoint) != tried.end()) continue;
    // Other workers change it meanwhile: read once, so that what is compared stays the same.
    const std::uint64_t in_flight = endpoint.load->in_flight;
    if ((endpoint.max_concurrent != 0 && in_flight >= endpoint.max_concurrent) || is_model_full(endpoint, each)) {
      choice.kind = Choice::Kind::all_full;
      continue;
    }
    const std::uint64_t load = in_flight + endpoint.load->foreign;
    const std::uint32_t slots = endpoint.load->slots;
    const Drawback drawback{slots != 0 && load >= slots, each.must_load, by_load ? load : 0, endpoint.weight};
    const auto order = best_endpoint == nullptr ? std::weak_ordering::less : drawback <=> least;
    if (order < 0) best.clear();
    if (order <= 0) best.push_back(&each);
    if (order < 0) {
      best_endpoint = &endpoint;
      least = drawback;
    }
  }
  if (best.empty()) return pick;
  choice.kind = Choice::Kind::chosen;
  if (by_load || best.size() == 1) {
    choice.candidate = *best[rotation_ % best.size()];
    if (occasion.takes_turn) ++rotation_;
  } else if (occasion.policy == Policy::round_robin) {
    choice.candidate = next_in_turn(snapshot, best, pick.turn);
  } else if (occasion.policy == Policy::p2c_latency) {
    choice.candidate = quicker_of_two(snapshot, best, occasion.now);
  } else {
    choice.candidate = first_with_room(snapshot, best, occasion.affinity);
  }
  return pick;
}

const Candidate& Balancer::quicker_of_two(const Snapshot& snapshot, const Best& best, MonotonicTime now) {
  const std::size_t one = below(best.size());
  const std::size_t other = (one + 1 + below(best.size() - 1)) % best.size();
  const auto wait = [&](std::size_t i) { return expected_wait(snapshot.endpoints[best[i]->endpoint], now); };
  return *best[wait(one) <= wait(other) ? one : other];
}

std::size_t Balancer::below(std::size_t bound) {
  // The upper half of the product: all numbers below the bound are about as likely as each other.
  return static_cast<std::size_t>(((mixed(random_++) >> 32) * bound) >> 32);
}

}  // namespace pointsman::routing
