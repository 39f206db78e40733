#include "pointsman/registry/backpressure.hpp"

#include <gtest/gtest.h>

namespace pointsman::registry {
namespace {

constexpr MonotonicTime now{Milliseconds(5'000)};

TEST(Backpressure, LastsAsLongAsTheEndpointSays) {
  Backpressure pressure;
  EXPECT_TRUE(pressure.is_off());
  EXPECT_FALSE(pressure.is_on(now));
  pressure.press(now, Milliseconds(2'000));
  EXPECT_FALSE(pressure.is_off());
  EXPECT_TRUE(pressure.is_on(now + Milliseconds(1'999)));
  EXPECT_FALSE(pressure.is_on(now + Milliseconds(2'000)));
  pressure.press(now, Milliseconds(100));
  EXPECT_FALSE(pressure.is_on(now + Milliseconds(100)));
  pressure.lift();
  EXPECT_TRUE(pressure.is_off());
}

TEST(Backpressure, ButNotForEver) {
  Backpressure pressure;
  pressure.press(now, std::chrono::hours(24));
  EXPECT_TRUE(pressure.is_on(now + Backpressure::longest - Milliseconds(1)));
  EXPECT_FALSE(pressure.is_on(now + Backpressure::longest));
}

}  // namespace
}  // namespace pointsman::registry
