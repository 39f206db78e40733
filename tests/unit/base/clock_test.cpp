#include "pointsman/base/clock.hpp"

#include <gtest/gtest.h>

namespace pointsman {
namespace {

TEST(ManualClock, MovesOnlyWhenAdvanced) {
  ManualClock clock;
  const auto monotonic = clock.monotonic();
  const auto wall = clock.wall();
  EXPECT_EQ(clock.monotonic(), monotonic);
  clock.advance(Milliseconds(1'500));
  EXPECT_EQ(clock.monotonic() - monotonic, Milliseconds(1'500));
  EXPECT_EQ(clock.wall() - wall, Milliseconds(1'500));
}

TEST(SystemClock, IsTheSystems) {
  const SystemClock clock;
  const auto before = std::chrono::steady_clock::now() - Milliseconds(1);  // ours counts whole milliseconds
  const auto monotonic = clock.monotonic();
  EXPECT_GE(monotonic, before);
  EXPECT_LE(monotonic, std::chrono::steady_clock::now());
  const auto off = std::chrono::system_clock::now() - clock.wall();
  EXPECT_LT(std::chrono::abs(off), std::chrono::minutes(1));
}

}  // namespace
}  // namespace pointsman
