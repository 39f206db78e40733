#include "pointsman/registry/retry_budget.hpp"

#include <algorithm>

namespace pointsman::registry {

bool RetryBudget::withdraw(double share, MonotonicTime now) {
  if (share <= 0) return false;
  replenish(now);
  auto left = thousandths_.load();
  while (left >= whole) {
    if (thousandths_.compare_exchange_weak(left, left - whole)) return true;
  }
  return false;
}

// A millisecond is worth a thousandth.
void RetryBudget::replenish(MonotonicTime now) {
  const auto time = now.time_since_epoch().count();
  auto before = replenished_.load();
  if (time <= before || !replenished_.compare_exchange_strong(before, time) || before == 0) return;
  const auto passed = std::min<std::int64_t>(time - before, floor * whole);
  auto left = thousandths_.load();
  while (left < floor * whole) {
    if (thousandths_.compare_exchange_weak(left, std::min(left + passed, floor * whole))) return;
  }
}

}  // namespace pointsman::registry
