#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>

namespace pointsman::net {

// How late a worker is: by how much its ticks come after their time, which is how long whatever has just become ready
// waits for its turn. Smoothed, so that a moment's pause of the machine is not taken for too much work: a lone tick
// counts half, and the next one that is in time halves it again. Written by its worker, read from any thread.
class Lag {
 public:
  // Above this a worker has more to do than it can: whatever else is begun makes everything later.
  static constexpr std::chrono::microseconds bound = std::chrono::milliseconds(500);

  void tick_came(std::chrono::microseconds late) {
    const auto before = smoothed_us_.load(std::memory_order_relaxed);
    smoothed_us_.store((before + late.count()) / 2, std::memory_order_relaxed);
  }

  std::chrono::microseconds smoothed() const {
    return std::chrono::microseconds(smoothed_us_.load(std::memory_order_relaxed));
  }
  bool is_too_much() const { return smoothed() > bound; }

 private:
  std::atomic<std::int64_t> smoothed_us_{0};
};

}  // namespace pointsman::net
