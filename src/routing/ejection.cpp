#include "pointsman/routing/ejection.hpp"

#include <algorithm>

namespace pointsman::routing {

registry::Breaker* model_breaker(const registry::Snapshot& snapshot, const registry::Candidate& candidate) {
  const auto& models = snapshot.endpoints[candidate.endpoint].models;
  return candidate.model < models.size() ? &models[candidate.model].load->breaker : nullptr;
}

bool is_faulty(const registry::Snapshot& snapshot, const registry::Candidate& candidate, MonotonicTime now) {
  if (snapshot.endpoints[candidate.endpoint].load->breaker.is_open(now)) return true;
  const auto* of_model = model_breaker(snapshot, candidate);
  return of_model != nullptr && of_model->is_open(now);
}

bool Ejection::is_needless(const registry::Snapshot& snapshot, std::span<const registry::Candidate> candidates) {
  return candidates.size() < 2 ||
         std::ranges::all_of(
             candidates, [&](const auto& each) { return snapshot.endpoints[each.endpoint].load->is_sound(); });
}

Ejection::PassedOver Ejection::look(const registry::Snapshot& snapshot, std::span<const registry::Candidate> candidates,
                                    MonotonicTime now, bool is_first) {
  constexpr std::uint32_t turns = 4;
  PassedOver result;
  std::size_t up = 0;
  const bool has_its_turn = is_first && ++turn_ % turns == 0;
  for (const auto& each : candidates) {
    const auto& endpoint = snapshot.endpoints[each.endpoint];
    if (!endpoint.is_up()) continue;
    ++up;
    auto& load = *endpoint.load;
    if (load.open_breakers != 0 && is_faulty(snapshot, each, now)) {
      result.faulty.push_back(each.endpoint);
    } else if (load.backpressure.is_on(now)) {
      if (!has_its_turn) result.pressed.push_back(each.endpoint);
    } else if (!load.backpressure.is_off()) {
      load.backpressure.lift();
    }
  }
  if (result.faulty.size() > up / 2) result.faulty.resize(up / 2);
  return result;
}

Choice Ejection::choose(Balancer& balancer, const registry::Snapshot& snapshot,
                        std::span<const registry::Candidate> candidates, const Tried& tried, const Occasion& occasion,
                        Place* place) {
  const auto passed_over = look(snapshot, candidates, occasion.now, tried.empty());
  Tried without_faulty = tried;
  without_faulty.insert(without_faulty.end(), passed_over.faulty.begin(), passed_over.faulty.end());
  Tried without_pressed = without_faulty;
  without_pressed.insert(without_pressed.end(), passed_over.pressed.begin(), passed_over.pressed.end());
  auto choice = balancer.choose(snapshot, candidates, without_pressed, occasion, place);
  if (choice.kind != Choice::Kind::chosen && !passed_over.pressed.empty()) {
    choice = balancer.choose(snapshot, candidates, without_faulty, occasion, place);
  }
  if (choice.kind == Choice::Kind::none_up && !passed_over.faulty.empty()) {
    choice = balancer.choose(snapshot, candidates, tried, occasion, place);
  }
  return choice;
}

}  // namespace pointsman::routing
