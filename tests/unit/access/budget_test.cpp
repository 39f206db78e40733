#include "pointsman/access/budget.hpp"

#include <gtest/gtest.h>

namespace pointsman::access {
namespace {

using namespace std::chrono_literals;
using std::chrono::sys_days;
using Period = Budget::Period;

constexpr WallTime on(std::chrono::year_month_day day, Milliseconds time = 0ms) { return sys_days(day) + time; }
const auto leap_day = 2028y / 2 / 29;

TEST(Budget, PeriodsAreThoseOfUtc) {
  EXPECT_EQ(Budget::begin_of(Period::day, on(leap_day, 5h)), on(leap_day));
  EXPECT_EQ(Budget::end_of(Period::day, on(leap_day, 5h)), on(2028y / 3 / 1));
  EXPECT_EQ(Budget::begin_of(Period::month, on(leap_day, 5h)), on(2028y / 2 / 1));
  EXPECT_EQ(Budget::end_of(Period::month, on(leap_day, 5h)), on(2028y / 3 / 1));
  EXPECT_EQ(Budget::end_of(Period::month, on(2028y / 12 / 31, 24h - 1ms)), on(2029y / 1 / 1));
  EXPECT_EQ(Budget::end_of(Period::day, on(2028y / 12 / 31, 24h - 1ms)), on(2029y / 1 / 1));
}

Budget day(std::uint64_t limit) {
  Budget made(Period::day);
  made.set_limit(limit);
  return made;
}

TEST(Budget, IsUsedUpUntilTheNextPeriod) {
  auto budget = day(100);
  const auto now = on(leap_day, 23h);
  budget.begin(90, now);
  EXPECT_EQ(budget.wait(now), 0ms);
  budget.take(500, now);  // the last of it, however much
  EXPECT_EQ(budget.wait(now), 1h);
  EXPECT_EQ(budget.wait(now + 1h - 1ms), 1ms);
  EXPECT_EQ(budget.wait(now + 1h), 0ms);
}

TEST(Budget, CountsWhatWasSpentInPlaceOfWhatWasEstimated) {
  auto budget = day(100);
  const auto now = on(leap_day);
  budget.take(100, now);
  EXPECT_GT(budget.wait(now), 0ms);
  budget.settle(100, now, 40, now + 1min);
  EXPECT_EQ(budget.wait(now + 1min), 0ms);
  budget.take(10, now);
  budget.settle(10, now, 60, now + 1min);
  EXPECT_GT(budget.wait(now + 1min), 0ms);
}

TEST(Budget, WhatIsKnownLateCountsForThePeriodInWhichItIsKnown) {
  auto budget = day(100);
  const auto evening = on(leap_day, 24h - 1s);
  budget.take(100, evening);
  const auto morning = evening + 2s;
  budget.take(30, morning);
  budget.settle(100, evening, 70, morning);
  EXPECT_GT(budget.wait(morning), 0ms);
  budget.settle(30, morning, 29, morning);
  EXPECT_EQ(budget.wait(morning), 0ms);
}

TEST(Budget, ThatIsSetAgainCountsNothingTwice) {
  auto budget = day(100);
  const auto now = on(leap_day, 1h);
  budget.begin(0, now);
  budget.take(60, now);
  budget.set_limit(0);
  budget.settle(60, now, 50, now + 1min);
  budget.set_limit(100);
  budget.begin(50, now + 2min);
  EXPECT_EQ(budget.used(now + 2min), 50u);
}

// Its estimate is not in what was spent, so it is not taken off it either.
TEST(Budget, ThatIsSetAgainCountsWhatIsUnderWayAsItIsSpent) {
  auto budget = day(100);
  const auto now = on(leap_day, 1h);
  budget.begin(0, now);
  budget.take(30, now);
  budget.set_limit(0);
  budget.take(30, now + 1min);
  budget.set_limit(100);
  budget.begin(40, now + 2min);
  budget.settle(30, now, 7, now + 3min);
  budget.settle(30, now + 1min, 8, now + 3min);
  EXPECT_EQ(budget.used(now + 3min), 55u);
}

TEST(Budget, AClockThatIsSetBackGivesNothingTwice) {
  auto budget = day(100);
  budget.take(100, on(leap_day, 1h));
  EXPECT_GT(budget.wait(on(leap_day, -1h)), 0ms);
}

}  // namespace
}  // namespace pointsman::access
