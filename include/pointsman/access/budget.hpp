#pragma once

#include <cstdint>

#include "pointsman/base/clock.hpp"

namespace pointsman::access {

// So many tokens in each day or each month of UTC. It is used up when so many were spent, or are estimated to be spent
// by requests under way; the request that uses up the last of it is still answered, however much it takes. No I/O;
// whoever owns it sees to the locking. A limit of 0 is none: nothing is counted.
class Budget {
 public:
  enum class Period : std::uint8_t { day, month };

  explicit Budget(Period period) : period_(period) {}

  // The first moment of the period.
  static WallTime begin_of(Period period, WallTime now);
  static WallTime end_of(Period period, WallTime now);

  void set_limit(std::uint64_t limit) { limit_ = limit; }
  std::uint64_t limit() const { return limit_; }
  bool is_limited() const { return limit_ != 0; }
  // What had been spent in this period until now, when counting begins, or begins again: what was counted before is in
  // it, and requests under way count with what they spend.
  void begin(std::uint64_t spent, WallTime now);

  std::uint64_t used(WallTime now);
  // Until the next period, if this one's are used up; otherwise zero.
  Milliseconds wait(WallTime now);
  void take(std::uint64_t amount, WallTime now);
  // What was taken then was in truth so much. It counts for the period in which it is known.
  void settle(std::uint64_t taken, WallTime taken_at, std::uint64_t spent, WallTime now);

 private:
  void turn(WallTime now);

  Period period_;
  std::uint64_t limit_ = 0;
  std::uint64_t used_ = 0;
  WallTime begin_{};
  WallTime counted_since_{};
  WallTime end_{};
};

}  // namespace pointsman::access
