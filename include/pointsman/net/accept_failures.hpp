#pragma once

#include <atomic>
#include <cstdint>
#include <string>

#include "pointsman/base/clock.hpp"
#include "pointsman/net/task.hpp"

namespace pointsman::net {

// The connections that a listener could not take: counts them, and decides when they are worth a line in the log, which
// is not for each of them. No I/O. Lives on the listener's worker; the count can be read from any thread.
class AcceptFailures {
 public:
  // Without a failure, after which they are over.
  static constexpr Milliseconds calm{5'000};

  // True: they begin, which is to be said.
  bool failed(MonotonicTime now);
  // How many there were, if they are over and that is to be said; else 0.
  std::uint64_t over(MonotonicTime now);

  std::uint64_t count() const { return count_.load(std::memory_order_relaxed); }

 private:
  std::atomic<std::uint64_t> count_{0};
  std::uint64_t before_ = 0;  // they began
  MonotonicTime last_{};
  bool under_way_ = false;
};

// Why a connection could not be accepted, and what to do about it.
std::string accept_failure_in_words(const error_code& error);

}  // namespace pointsman::net
