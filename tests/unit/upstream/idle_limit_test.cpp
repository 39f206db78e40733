#include "pointsman/upstream/idle_limit.hpp"

#include <gtest/gtest.h>

namespace pointsman::upstream {
namespace {

using namespace std::chrono_literals;

TEST(IdleLimit, BeginsWithWhatNearlyEveryServerAllows) { EXPECT_EQ(IdleLimit().value(), 4s); }

TEST(IdleLimit, GrowsWithWhatConnectionsSurvive) {
  IdleLimit limit;
  limit.survived(3s);
  EXPECT_EQ(limit.value(), 4s) << "nothing new";
  limit.survived(6s);
  EXPECT_EQ(limit.value(), 5s) << "less a margin";
  limit.survived(1h);
  EXPECT_EQ(limit.value(), 60s) << "but not for ever";
}

TEST(IdleLimit, ShrinksToWhatTheEndpointCloses) {
  IdleLimit limit;
  limit.survived(31s);
  limit.closed(31500ms);
  EXPECT_EQ(limit.value(), 29500ms);
  limit.closed(2500ms);
  EXPECT_EQ(limit.value(), 500ms);
  limit.closed(1s);
  EXPECT_EQ(limit.value(), 0s);
  limit.survived(8s);
  EXPECT_EQ(limit.value(), 7s) << "a restart of the endpoint is not held against it";
}

// What the pool does: it looks at the oldest connection each second, and keeps it for kept().
TEST(IdleLimit, FindsOutWhenAnEndpointCloses) {
  for (const auto closes_after : {2s, 5s, 20s, 75s}) {
    IdleLimit limit;
    for (auto idle = 0s; idle <= limit.kept(); idle += 1s) {
      if (idle >= closes_after) {
        limit.closed(idle);
        break;
      }
      limit.survived(idle);
    }
    EXPECT_LT(limit.value(), closes_after);
    EXPECT_GE(limit.value(), std::min<Milliseconds>(closes_after - 2s, 57s)) << closes_after.count();
  }
}

}  // namespace
}  // namespace pointsman::upstream
