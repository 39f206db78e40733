#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>

#include "pointsman/base/clock.hpp"

namespace pointsman::registry {

// How long an endpoint lately took to the first byte of an answer: an average in which what was slower than expected
// counts at once and whole, what was quicker by and by (peak EWMA). It is forgotten as time goes by, so that an
// endpoint that was slow is tried again. One word that all workers share; of two that write at once, one is lost.
class Latency {
 public:
  void observe(std::chrono::microseconds took, MonotonicTime now);
  // No answer came. Counts as a slow one.
  void observe_failure(MonotonicTime now);

  std::chrono::microseconds last() const { return std::chrono::microseconds(known_.load().us); }  // 0: not known
  std::chrono::microseconds expected(MonotonicTime now) const;  // 0: not known, or forgotten

 private:
  struct Known {
    std::uint32_t us = 0;
    std::uint32_t at_ms = 0;  // the lower half of the time
  };
  std::atomic<Known> known_{Known()};
  static_assert(std::atomic<Known>::is_always_lock_free);
};

}  // namespace pointsman::registry
