#include "pointsman/access/budget.hpp"

#include <algorithm>
#include <chrono>

namespace pointsman::access {
namespace {

using std::chrono::days;
using std::chrono::months;
using std::chrono::sys_days;
using std::chrono::year_month_day;

year_month_day first_day(Budget::Period period, WallTime now) {
  const year_month_day today(std::chrono::floor<days>(now));
  return period == Budget::Period::day ? today : today.year() / today.month() / 1;
}

}  // namespace

WallTime Budget::begin_of(Period period, WallTime now) { return sys_days(first_day(period, now)); }

WallTime Budget::end_of(Period period, WallTime now) {
  const auto first = first_day(period, now);
  return period == Period::day ? sys_days(first) + days(1) : sys_days(first + months(1));
}

// A clock that is set back does not give what was spent a second time.
void Budget::turn(WallTime now) {
  if (now < end_) return;
  begin_ = begin_of(period_, now);
  end_ = end_of(period_, now);
  used_ = 0;
}

void Budget::begin(std::uint64_t spent, WallTime now) {
  turn(now);
  used_ = spent;
  counted_since_ = now;
}

Milliseconds Budget::wait(WallTime now) {
  if (!is_limited()) return Milliseconds(0);
  turn(now);
  return used_ < limit_ ? Milliseconds(0) : end_ - now;
}

std::uint64_t Budget::used(WallTime now) {
  turn(now);
  return used_;
}

void Budget::take(std::uint64_t amount, WallTime now) {
  if (!is_limited()) return;
  turn(now);
  used_ += amount;
}

void Budget::settle(std::uint64_t taken, WallTime taken_at, std::uint64_t spent, WallTime now) {
  if (!is_limited()) return;
  turn(now);
  if (taken_at >= std::max(begin_, counted_since_)) used_ -= std::min(taken, used_);
  used_ += spent;
}

}  // namespace pointsman::access
