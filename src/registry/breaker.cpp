#include "pointsman/registry/breaker.hpp"

#include <algorithm>

namespace pointsman::registry {
namespace {

Milliseconds pause_of(std::uint32_t opening) {
  constexpr std::uint32_t most_doublings = 10;
  return std::min(Breaker::first_pause * (1 << std::min(opening, most_doublings)), Breaker::longest_pause);
}

}  // namespace

Breaker::Passage Breaker::pass(MonotonicTime now) {
  auto until = until_.load(std::memory_order_relaxed);
  if (until == closed) return Passage::free;
  if (now.time_since_epoch().count() < until) return Passage::none;
  const Time next_trial = (now + trial_time).time_since_epoch().count();
  if (until_.compare_exchange_strong(until, next_trial)) return Passage::trial;
  return until == closed ? Passage::free : Passage::none;
}

bool Breaker::fault(MonotonicTime now, bool is_trial) {
  const auto faults = ++faults_;
  auto until = until_.load();
  const bool was_closed = until == closed;
  // Requests that began before it opened say nothing new.
  if (was_closed ? faults < faults_in_a_row : !is_trial) return false;
  const Time next = (now + pause_of(openings_.load())).time_since_epoch().count();
  if (!until_.compare_exchange_strong(until, next)) return false;
  ++openings_;
  return was_closed;
}

bool Breaker::success() {
  if (faults_.load(std::memory_order_relaxed) != 0) faults_ = 0;
  if (is_closed()) return false;
  openings_ = 0;
  return until_.exchange(closed) != closed;
}

void Breaker::undecided(MonotonicTime now) {
  auto until = until_.load();
  if (until != closed) until_.compare_exchange_strong(until, now.time_since_epoch().count());
}

}  // namespace pointsman::registry
