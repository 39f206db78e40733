#pragma once

#include <span>

#include "pointsman/routing/balancer.hpp"

namespace pointsman::routing {

// Which candidates are passed over while others can serve: those whose breakers are open, at most half of those that
// are up and so never the last one; and, three times in four, those that have too much to do. One per worker; no I/O.
class Ejection {
 public:
  // Nearly always true, and then nobody is passed over.
  static bool is_needless(const registry::Snapshot& snapshot, std::span<const registry::Candidate> candidates);

  // As the Balancer chooses among those that are not passed over, at the occasion's time. They come into question again
  // where nobody else does; a faulty one not where the others are only full. The candidates are one model's with one
  // API.
  Choice choose(Balancer& balancer, const registry::Snapshot& snapshot, std::span<const registry::Candidate> candidates,
                const Tried& tried, const Occasion& occasion, Place* place = nullptr);

  // `is_first`: of a request, which a further attempt does not take for a turn.
  struct PassedOver {
    Tried faulty;
    Tried pressed;
  };
  PassedOver look(const registry::Snapshot& snapshot, std::span<const registry::Candidate> candidates,
                  MonotonicTime now, bool is_first = true);

 private:
  std::uint32_t turn_ = 0;
};

// Whether a breaker that a request to this candidate would have to pass is open.
bool is_faulty(const registry::Snapshot& snapshot, const registry::Candidate& candidate, MonotonicTime now);

// The breaker of the candidate's model there; nullptr: no model is asked for.
registry::Breaker* model_breaker(const registry::Snapshot& snapshot, const registry::Candidate& candidate);

}  // namespace pointsman::routing
