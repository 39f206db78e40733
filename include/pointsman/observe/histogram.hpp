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

// How values are spread over buckets. Written by one thread, read by any; a reader may see a count before its sum.
// `Buckets` has their ends, in ascending order, and how many of what is observed make one of what is shown.
template <class Buckets>
class HistogramOf {
 public:
  static constexpr const auto& bounds = Buckets::bounds;
  static constexpr double per_unit = Buckets::per_unit;

  void observe(std::int64_t value) {
    std::size_t bucket = 0;
    while (bucket < bounds.size() && value > bounds[bucket]) ++bucket;
    buckets_[bucket].add();
    sum_.add(static_cast<std::uint64_t>(value));
  }
  void observe(std::chrono::microseconds duration) { observe(std::int64_t{duration.count()}); }

  // How many fell into the bucket that ends at bounds[i], and not into an earlier one; the last has no end.
  std::uint64_t count(std::size_t bucket) const { return buckets_[bucket].value(); }
  std::uint64_t sum() const { return sum_.value(); }

 private:
  std::array<Counter, Buckets::bounds.size() + 1> buckets_;
  Counter sum_;
};

// Microseconds, shown as seconds: from a relayed byte to a long generation.
struct DurationBuckets {
  static constexpr std::array<std::int64_t, 16> bounds{
      100,    250,     500,     1'000,     2'500,     5'000,      10'000,      25'000,
      50'000, 100'000, 250'000, 1'000'000, 5'000'000, 30'000'000, 120'000'000, 600'000'000};
  static constexpr double per_unit = 1e6;
};

using Histogram = HistogramOf<DurationBuckets>;

}  // namespace pointsman::observe
