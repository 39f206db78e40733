#include "pointsman/registry/latency.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace pointsman::registry {
namespace {

// After this long, about a third of what was known is left.
constexpr double memory_ms = 10'000;
constexpr std::chrono::seconds failure_counts_as{5};

std::uint32_t lower_half(MonotonicTime time) { return static_cast<std::uint32_t>(time.time_since_epoch().count()); }

// What is left after the time from one to the other. Workers read their clocks at different moments, so that may be
// less than none.
double left_after(std::uint32_t from_ms, std::uint32_t to_ms) {
  const auto age = static_cast<std::int32_t>(to_ms - from_ms);
  return age <= 0 ? 1.0 : std::exp(-age / memory_ms);
}

}  // namespace

void Latency::observe(std::chrono::microseconds took, MonotonicTime now) {
  if (!is_measured_.load(std::memory_order_relaxed)) is_measured_ = true;
  take(took, now);
}

void Latency::observe_failure(MonotonicTime now) { take(failure_counts_as, now); }

void Latency::take(std::chrono::microseconds took, MonotonicTime now) {
  const Known before = known_.load(std::memory_order_relaxed);
  const std::uint32_t now_ms = lower_half(now);
  const double left = left_after(before.at_ms, now_ms);
  const double expected = before.us * left;
  const auto sample = static_cast<double>(took.count());
  const double next = sample >= expected ? sample : expected + sample * (1 - left);
  constexpr double most = std::numeric_limits<std::uint32_t>::max();
  // 0 would say that nothing is known.
  known_.store({static_cast<std::uint32_t>(std::clamp(next, 1.0, most)), now_ms}, std::memory_order_relaxed);
}

std::chrono::microseconds Latency::expected(MonotonicTime now) const {
  const Known known = known_.load(std::memory_order_relaxed);
  if (known.us == 0) return {};
  return std::chrono::microseconds(static_cast<std::int64_t>(known.us * left_after(known.at_ms, lower_half(now))));
}

}  // namespace pointsman::registry
