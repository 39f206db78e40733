#pragma once

#include <algorithm>
#include <atomic>

#include "pointsman/base/clock.hpp"

namespace pointsman::registry {

// That an endpoint said it has too much to do (429, 503), and for how long: it gets fewer requests until then, and is
// never left out for it. Shared by all workers, without a lock.
class Backpressure {
 public:
  static constexpr Milliseconds unsaid{1'000};
  static constexpr Milliseconds longest{60'000};

  bool is_off() const { return until_.load(std::memory_order_relaxed) == off; }
  bool is_on(MonotonicTime now) const {
    const auto until = until_.load(std::memory_order_relaxed);
    return until != off && now.time_since_epoch().count() < until;
  }

  // The last word counts.
  void press(MonotonicTime now, Milliseconds lasts) {
    until_ = (now + std::clamp(lasts, Milliseconds(1), longest)).time_since_epoch().count();
  }
  void lift() { until_ = off; }

 private:
  using Time = Milliseconds::rep;
  static constexpr Time off = -1;

  std::atomic<Time> until_{off};
};

}  // namespace pointsman::registry
