#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>

namespace pointsman::observe {

// Counts up. Written by one thread, read by any.
class Counter {
 public:
  void add(std::uint64_t amount = 1) {
    value_.store(value_.load(std::memory_order_relaxed) + amount, std::memory_order_relaxed);
  }
  std::uint64_t value() const { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<std::uint64_t> value_{0};
};

// How durations are spread, in buckets that fit everything from a relayed byte to a long generation. Written by one
// thread, read by any; a reader may see a count before its sum.
class Histogram {
 public:
  static constexpr std::array<std::int64_t, 16> bounds_us{
      100,    250,     500,     1'000,     2'500,     5'000,      10'000,      25'000,
      50'000, 100'000, 250'000, 1'000'000, 5'000'000, 30'000'000, 120'000'000, 600'000'000};

  void observe(std::chrono::microseconds duration) {
    std::size_t bucket = 0;
    while (bucket < bounds_us.size() && duration.count() > bounds_us[bucket]) ++bucket;
    buckets_[bucket].add();
    sum_us_.add(static_cast<std::uint64_t>(duration.count()));
  }

  // How many fell into the bucket that ends at bounds_us[i], and not into an earlier one; the last has no end.
  std::uint64_t count(std::size_t bucket) const { return buckets_[bucket].value(); }
  std::uint64_t sum_us() const { return sum_us_.value(); }

 private:
  std::array<Counter, bounds_us.size() + 1> buckets_;
  Counter sum_us_;
};

}  // namespace pointsman::observe
