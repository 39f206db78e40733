#include "pointsman/access/rolling_minute.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <utility>
#include <vector>

namespace pointsman::access {
namespace {

constexpr Milliseconds none{0};

MonotonicTime at(std::int64_t ms) { return MonotonicTime(Milliseconds(1'000'000 + ms)); }

RollingMinute minute(std::uint64_t limit) {
  RollingMinute made;
  made.set_limit(limit);
  return made;
}

TEST(RollingMinute, GivesAllAtOnceAndThenNothingUntilItIsOld) {
  auto three = minute(3);
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(three.wait_for(1, at(0)), none);
    three.take(1, at(0));
  }
  EXPECT_EQ(three.remaining(at(0)), 0u);
  EXPECT_EQ(three.wait_for(1, at(0)), Milliseconds(60'000));
  EXPECT_EQ(three.wait_for(1, at(59'999)), Milliseconds(1));
  EXPECT_EQ(three.wait_for(1, at(60'000)), none);
  EXPECT_EQ(three.remaining(at(60'000)), 3u);
  EXPECT_EQ(three.until_full(at(60'000)), none);
}

TEST(RollingMinute, WaitsForAsMuchAsIsNeeded) {
  auto ten = minute(10);
  ten.take(4, at(0));
  ten.take(4, at(20'000));
  EXPECT_EQ(ten.wait_for(2, at(30'000)), none);
  EXPECT_EQ(ten.wait_for(3, at(30'000)), Milliseconds(30'000));
  EXPECT_EQ(ten.wait_for(6, at(30'000)), Milliseconds(30'000));
  EXPECT_EQ(ten.wait_for(7, at(30'000)), Milliseconds(50'000));
  EXPECT_EQ(ten.until_full(at(30'000)), Milliseconds(50'000));
}

TEST(RollingMinute, MoreThanTheWholeLimitMayBeTakenAlone) {
  auto ten = minute(10);
  EXPECT_EQ(ten.wait_for(1'000, at(0)), none);
  ten.take(1'000, at(0));
  EXPECT_EQ(ten.remaining(at(0)), 0u);
  EXPECT_EQ(ten.wait_for(1'000, at(1)), Milliseconds(59'999));
}

TEST(RollingMinute, GivesBackWhatWasNotSpent) {
  auto ten = minute(10);
  ten.take(8, at(0));
  ten.settle(8, at(0), 3, at(5'000));
  EXPECT_EQ(ten.remaining(at(5'000)), 7u);
  ten.take(7, at(6'000));
  ten.settle(8, at(0), 0, at(70'000));  // too late: it is old
  EXPECT_EQ(ten.remaining(at(65'000)), 10u) << "of times that come in another order the latest counts";
}

TEST(RollingMinute, GoesBelowNothingWhereMoreWasSpent) {
  auto ten = minute(10);
  ten.take(2, at(0));
  ten.settle(2, at(0), 25, at(10'000));
  EXPECT_EQ(ten.remaining(at(10'000)), 0u);
  EXPECT_EQ(ten.wait_for(1, at(60'000)), Milliseconds(10'000));
  EXPECT_EQ(ten.wait_for(1, at(70'000)), none);
}

TEST(RollingMinute, ALowerLimitHoldsAtOnce) {
  auto changed = minute(10);
  changed.take(5, at(0));
  changed.set_limit(4);
  EXPECT_EQ(changed.remaining(at(1)), 0u);
  EXPECT_EQ(changed.wait_for(1, at(1)), Milliseconds(59'999));
  changed.set_limit(6);
  EXPECT_EQ(changed.wait_for(1, at(1)), none);
}

TEST(RollingMinute, WithoutALimitNothingIsCounted) {
  RollingMinute endless;
  endless.take(1'000'000, at(0));
  EXPECT_EQ(endless.wait_for(1'000'000, at(0)), none);
  EXPECT_EQ(endless.runs(), 0u);
}

// Whatever is asked and whenever: over any window no more than allowed; whoever waits as told is let in then, and never
// for more than a minute; what was not allowed would have been too much, but for a second's grain.
TEST(RollingMinute, HoldsOverAnyWindow) {
  for (std::uint32_t seed = 1; seed <= 40; ++seed) {
    SCOPED_TRACE(seed);
    std::mt19937 random(seed);
    const auto up_to = [&](std::uint32_t most) { return random() % (most + 1); };
    const std::uint64_t limit = 1 + up_to(50);
    auto tested = minute(limit);
    std::vector<std::pair<std::int64_t, std::uint64_t>> taken;
    const auto within = [&](std::int64_t from, std::int64_t to) {  // both inclusive
      std::uint64_t sum = 0;
      for (const auto& [time, amount] : taken) sum += time >= from && time <= to ? amount : 0;
      return sum;
    };
    std::int64_t time = 0;
    const auto pace = 1 + up_to(4'000);
    for (int step = 0; step < 1'500; ++step) {
      time += up_to(pace);
      const std::uint64_t amount = 1 + up_to(static_cast<std::uint32_t>(limit) - 1);
      const auto wait = tested.wait_for(amount, at(time));
      ASSERT_LE(wait, RollingMinute::span);
      ASSERT_LE(tested.runs(), 62u);
      if (wait > none) {
        ASSERT_GT(within(time - 60'999, time) + amount, limit) << "refused without need";
        if (up_to(3) == 0) {
          time += wait.count();
          ASSERT_EQ(tested.wait_for(amount, at(time)), none) << "waited as told";
        } else {
          continue;
        }
      }
      tested.take(amount, at(time));
      taken.emplace_back(time, amount);
      ASSERT_LE(within(time - 59'999, time), limit);
    }
  }
}

}  // namespace
}  // namespace pointsman::access
