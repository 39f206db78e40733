#include "pointsman/routing/balancer.hpp"

#include <algorithm>
#include <compare>

namespace pointsman::routing {
namespace {

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

}  // namespace

Choice Balancer::choose(const registry::Snapshot& snapshot, std::span<const registry::Candidate> candidates,
                        const Tried& tried, const Occasion& /*occasion*/) {
  Choice choice;
  boost::container::small_vector<const registry::Candidate*, 16> best;
  const registry::SnapshotEndpoint* best_endpoint = nullptr;
  Drawback least;
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
    if (endpoint.max_concurrent != 0 && in_flight >= endpoint.max_concurrent) {
      choice.kind = Choice::Kind::all_full;
      continue;
    }
    const std::uint64_t load = in_flight + endpoint.load->foreign;
    const std::uint32_t slots = endpoint.load->slots;
    const Drawback drawback{slots != 0 && load >= slots, each.must_load, load, endpoint.weight};
    const auto order = best_endpoint == nullptr ? std::weak_ordering::less : drawback <=> least;
    if (order < 0) best.clear();
    if (order <= 0) best.push_back(&each);
    if (order < 0) {
      best_endpoint = &endpoint;
      least = drawback;
    }
  }
  if (best.empty()) return choice;
  choice.kind = Choice::Kind::chosen;
  choice.candidate = *best[rotation_++ % best.size()];
  return choice;
}

}  // namespace pointsman::routing
