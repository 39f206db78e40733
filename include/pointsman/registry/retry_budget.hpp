#pragma once

#include <atomic>
#include <cstdint>

#include "pointsman/base/clock.hpp"

namespace pointsman::registry {

// How many further attempts the requests for one model may make, so that an outage is not multiplied: each request adds
// a share of one, up to a bound, and each further attempt takes a whole one. A few are there from the beginning, and
// come back with time, so that the first failures of a quiet model can move. Shared by all workers, without a lock.
class RetryBudget {
 public:
  static constexpr std::int64_t floor = 10;  // attempts; one comes back each second
  static constexpr std::int64_t most = 100;

  // A request for the model came. `share`: of one attempt; 0: there are none at all.
  void deposit(double share) {
    if (thousandths_.load(std::memory_order_relaxed) >= most * whole) return;
    thousandths_.fetch_add(static_cast<std::int64_t>(share * whole), std::memory_order_relaxed);
  }

  // Before a further attempt. False: it must not be made.
  bool withdraw(double share, MonotonicTime now);

 private:
  static constexpr std::int64_t whole = 1'000;
  void replenish(MonotonicTime now);

  std::atomic<std::int64_t> thousandths_{floor * whole};
  std::atomic<Milliseconds::rep> replenished_{0};
};

}  // namespace pointsman::registry
