#include "pointsman/routing/balancer.hpp"

#include <algorithm>

namespace pointsman::routing {

Choice Balancer::choose(const registry::Snapshot& snapshot, std::span<const registry::Candidate> candidates,
                        const Tried& tried) {
  Choice choice;
  boost::container::small_vector<const registry::Candidate*, 16> best;
  const registry::SnapshotEndpoint* best_endpoint = nullptr;
  std::uint64_t best_load = 0;
  for (const auto& each : candidates) {
    const auto& endpoint = snapshot.endpoints[each.endpoint];
    // Candidates stand in order of verdict and priority: the first group that has one ends the search.
    if (best_endpoint != nullptr &&
        (each.verdict != best.front()->verdict || endpoint.priority != best_endpoint->priority)) {
      break;
    }
    if (!endpoint.is_up() || std::find(tried.begin(), tried.end(), each.endpoint) != tried.end()) continue;
    // Other workers change it meanwhile: read once, so that what is compared stays the same.
    const std::uint64_t load = endpoint.load->in_flight;
    if (endpoint.max_concurrent != 0 && load >= endpoint.max_concurrent) {
      choice.kind = Choice::Kind::all_full;
      continue;
    }
    const bool tied = best_endpoint != nullptr && load * best_endpoint->weight == best_load * endpoint.weight;
    const bool less = best_endpoint == nullptr || load * best_endpoint->weight < best_load * endpoint.weight;
    if (less) best.clear();
    if (less || tied) best.push_back(&each);
    if (less) {
      best_endpoint = &endpoint;
      best_load = load;
    }
  }
  if (best.empty()) return choice;
  choice.kind = Choice::Kind::chosen;
  choice.candidate = *best[rotation_++ % best.size()];
  return choice;
}

}  // namespace pointsman::routing
