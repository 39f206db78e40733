// The part of the Forwarder that tells a client that asked how its request is routed.
#include "forwarder_parts.hpp"
#include "pointsman/routing/explanation.hpp"

namespace pointsman::proxy {

std::string failure_in_words(const Outcome& outcome) {
  const bool answered = outcome.cause.empty();
  return outcome.endpoint +
         (answered ? " answered " + std::to_string(outcome.status) : " failed (" + std::string(outcome.cause) + ")");
}

// Before an attempt: `before` is what came of the one before it, or of waiting.
void Forwarder::tell_attempt(const Trip& trip, const Outcome& before) {
  auto& decision = *trip.request.decision;
  static const routing::Tried none_tried;
  const auto& tried = trip.detour ? trip.detour->tried : none_tried;
  if (before.attempts != 0) decision.add(failure_in_words(before));
  if (before.attempts == 0 && before.queued) {
    decision.add("waited " + std::to_string(before.queued->count()) + " ms for a place");
  }
  if (trip.fallback() != fallback_of(before)) decision.add("fallback: the model " + std::string(trip.fallback()));
  const auto parts = routing::explain({.snapshot = *trip.snapshot,
                                       .model = *trip.model,
                                       .api = trip.request.api,
                                       .candidates = trip.candidates,
                                       .chosen = trip.candidate,
                                       .tried = tried});
  const bool is_again = before.attempts != 0 && before.endpoint == trip.endpoint().name;
  decision.add((is_again ? "once more: " : "chosen: ") + trip.endpoint().name + " (" + parts.front().why + ")");
  if (is_again) return;
  for (std::size_t i = 1; i < parts.size(); ++i) {
    decision.add("not " + trip.snapshot->endpoints[parts[i].endpoint].name + ": " + parts[i].why);
  }
}

}  // namespace pointsman::proxy
