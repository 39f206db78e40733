#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>

#include "pointsman/base/clock.hpp"

namespace pointsman::registry {

// How long an endpoint lately took to the first byte of an answer: an average in which what was slower than expected
// counts at once and whole, what was quicker by and by (peak EWMA). It is forgotten as time goes by, so that an
// endpoint that was slow is tried again. Shared by all workers; of two that write at once, one is lost.
class Latency {
 public:
  void observe(std::chrono::microseconds took, MonotonicTime now);
  // No answer came. Counts as a slow one.
  void observe_failure(MonotonicTime now);

  std::chrono::microseconds last() const { return std::chrono::microseconds(known_.load().us); }  // 0: not known
  bool is_measured() const { return is_measured_; }             // false: no answer came yet, failures may have
  std::chrono::microseconds expected(MonotonicTime now) const;  // 0: not known, or forgotten

 private:
  void take(std::chrono::microseconds took, MonotonicTime now);

  struct Known {
    std::uint32_t us = 0;
    std::uint32_t at_ms = 0;  // the lower half of the time
  };
  std::atomic<Known> known_{Known()};
  static_assert(std::atomic<Known>::is_always_lock_free);
  std::atomic<bool> is_measured_{false};
};

}  // namespace pointsman::registry
