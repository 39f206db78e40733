#pragma once

#include <atomic>
#include <cstdint>

#include "pointsman/base/clock.hpp"

namespace pointsman::registry {

// Whether something that fails is to be left alone for a while: an endpoint, or one model of it. Closed at first; opens
// after some faults in a row; when its pause is over it lets one request through, whose success closes it and whose
// fault opens it again, for twice as long. Shared by all workers, without a lock; decides only.
class Breaker {
 public:
  static constexpr std::uint32_t faults_in_a_row = 5;
  static constexpr Milliseconds first_pause{1'000};
  static constexpr Milliseconds longest_pause{30'000};
  // A trial that has not ended by then does not keep the next one waiting.
  static constexpr Milliseconds trial_time{10'000};

  // Only then none of the others have to be asked.
  bool is_closed() const { return until_.load(std::memory_order_relaxed) == closed; }
  // Nobody is let through; false: it is closed, or one request may try.
  bool is_open(MonotonicTime now) const {
    const auto until = until_.load(std::memory_order_relaxed);
    return until != closed && now.time_since_epoch().count() < until;
  }
  // When one request may try, once it is not closed.
  MonotonicTime until() const { return MonotonicTime(Milliseconds(until_.load(std::memory_order_relaxed))); }
  std::uint32_t faults() const { return faults_.load(std::memory_order_relaxed); }  // in a row

  enum class Passage : std::uint8_t { free, trial, none };

  // A request is about to be sent. `trial`: it is the one that is let through, and must be told of below with
  // is_trial; `none`: another one is already.
  Passage pass(MonotonicTime now);

  // How a request ended. True: the breaker opened or closed with it, which it was not before.
  bool fault(MonotonicTime now, bool is_trial);
  bool success();
  // A trial showed neither: the next request may try.
  void undecided(MonotonicTime now);

 private:
  using Time = Milliseconds::rep;
  static constexpr Time closed = -1;

  std::atomic<Time> until_{closed};
  std::atomic<std::uint32_t> faults_{0};
  std::atomic<std::uint32_t> openings_{0};  // since it was closed
};

}  // namespace pointsman::registry
