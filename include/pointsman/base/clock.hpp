#pragma once

#include <atomic>
#include <chrono>

namespace pointsman {

using Milliseconds = std::chrono::milliseconds;
using MonotonicTime = std::chrono::time_point<std::chrono::steady_clock, Milliseconds>;
using WallTime = std::chrono::time_point<std::chrono::system_clock, Milliseconds>;

// The time, as everything that decides by time sees it. Safe from any thread.
// Durations are measured with monotonic(); wall() is only for dates, of people, the database and HTTP.
class Clock {
 public:
  virtual ~Clock() = default;
  virtual MonotonicTime monotonic() const = 0;
  virtual WallTime wall() const = 0;
};

class SystemClock final : public Clock {
 public:
  MonotonicTime monotonic() const override;
  WallTime wall() const override;
};

// Stands still until a test advances it.
class ManualClock final : public Clock {
 public:
  MonotonicTime monotonic() const override { return MonotonicTime(Milliseconds(elapsed_ms_.load())); }
  WallTime wall() const override { return WallTime(Milliseconds(1'700'000'000'000 + elapsed_ms_.load())); }
  void advance(Milliseconds by) { elapsed_ms_ += by.count(); }

 private:
  std::atomic<Milliseconds::rep> elapsed_ms_{1'000'000};
};

}  // namespace pointsman
