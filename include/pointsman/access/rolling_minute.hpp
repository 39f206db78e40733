#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "pointsman/base/clock.hpp"

namespace pointsman::access {

// At most so much in any 60 seconds, wherever one begins to count, and all of it at once if it is there.
//
// No token bucket: one that gives the whole minute's amount at once (GCRA with that burst) lets pass nearly twice of it
// within a minute that begins with a full bucket, and one that does not cannot give 1 a minute. So what was taken is
// remembered until it is 60 s old. It is remembered in runs of a second, which come back together, when the last of
// each is so old: nothing comes back too early, nothing more than a second late, nothing later than after 60 s, and
// there are 62 runs at most.
//
// What turns out to be more than what was taken (settle()) is taken nevertheless: it may be above the limit, and then
// nothing is left until it is old. No I/O; whoever owns it sees to the locking. A limit of 0 is none: nothing is
// counted.
class RollingMinute {
 public:
  static constexpr Milliseconds span{60'000};

  void set_limit(std::uint64_t limit) { limit_ = limit; }
  std::uint64_t limit() const { return limit_; }
  bool is_limited() const { return limit_ != 0; }

  std::uint64_t remaining(MonotonicTime now);
  // How long until so much may be taken if nobody else takes any; zero: it may. More than the whole limit counts as the
  // whole limit, so that it may be taken alone.
  Milliseconds wait_for(std::uint64_t amount, MonotonicTime now);
  // Until nothing is taken any more.
  Milliseconds until_full(MonotonicTime now);

  void take(std::uint64_t amount, MonotonicTime now);
  // What was taken then was in truth so much.
  void settle(std::uint64_t taken, MonotonicTime taken_at, std::uint64_t spent, MonotonicTime now);

  std::size_t runs() const { return runs_.size(); }

 private:
  static constexpr Milliseconds longest_run{1'000};
  struct Run {
    MonotonicTime first;
    MonotonicTime last;
    std::uint64_t amount;
  };

  MonotonicTime at(MonotonicTime now);
  void add(std::uint64_t amount, MonotonicTime now);

  std::uint64_t limit_ = 0;
  std::uint64_t used_ = 0;
  MonotonicTime latest_{};  // several threads' looks at the clock may come in another order
  std::vector<Run> runs_;   // the oldest first
};

}  // namespace pointsman::access
