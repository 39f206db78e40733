#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <mutex>
#include <vector>

#include "pointsman/traces/span.hpp"

namespace pointsman::traces {

// Spans that wait for the collector, of all workers, up to a bound: what there is no room for is dropped and counted.
// One for the process; safe from any thread.
class Backlog {
 public:
  static constexpr std::size_t usual_capacity = 4'096;
  static constexpr std::size_t batch = 512;  // as many are worth handing on, and the most that go on together

  explicit Backlog(std::size_t capacity = usual_capacity) : capacity_(capacity) {}

  void add(std::vector<Span> spans);
  // The oldest.
  std::vector<Span> take(std::size_t most);
  // What was taken and could not be sent waits again, in front of what has come since.
  void give_back(std::vector<Span> spans);

  std::size_t size() const { return size_; }
  std::uint64_t dropped() const { return dropped_; }

 private:
  const std::size_t capacity_;
  std::mutex mutex_;
  std::deque<Span> spans_;
  std::atomic<std::size_t> size_{0};
  std::atomic<std::uint64_t> dropped_{0};
};

}  // namespace pointsman::traces
