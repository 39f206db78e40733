#include "pointsman/registry/latency.hpp"

#include <gtest/gtest.h>

namespace pointsman::registry {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr MonotonicTime start(Milliseconds(1'000'000));

TEST(Latency, KnowsNothingAtFirst) { EXPECT_EQ(Latency().expected(start), microseconds(0)); }

TEST(Latency, BelievesWhatIsSlowAtOnceAndWhatIsQuickByAndBy) {
  Latency latency;
  latency.observe(milliseconds(100), start);
  EXPECT_EQ(latency.expected(start), milliseconds(100));
  latency.observe(milliseconds(400), start);
  EXPECT_EQ(latency.expected(start), milliseconds(400));
  latency.observe(milliseconds(100), start);
  EXPECT_EQ(latency.expected(start), milliseconds(400)) << "no time has passed";
  auto now = start;
  for (int i = 0; i < 40; ++i) latency.observe(milliseconds(100), now += seconds(1));
  EXPECT_NEAR(static_cast<double>(latency.expected(now).count()), 105'000, 5'000);
}

TEST(Latency, IsForgotten) {
  Latency latency;
  latency.observe(milliseconds(100), start);
  EXPECT_NEAR(static_cast<double>(latency.expected(start + seconds(10)).count()), 36'788, 1);
  EXPECT_EQ(latency.expected(start + seconds(200)), microseconds(0));
  EXPECT_EQ(latency.last(), milliseconds(100));
}

TEST(Latency, TakesAClockThatIsBehindForNow) {
  Latency latency;
  latency.observe(milliseconds(100), start);
  EXPECT_EQ(latency.expected(start - seconds(1)), milliseconds(100));
}

TEST(Latency, TakesAFailureForSlow) {
  Latency latency;
  latency.observe(milliseconds(100), start);
  latency.observe_failure(start);
  EXPECT_EQ(latency.expected(start), seconds(5));
}

}  // namespace
}  // namespace pointsman::registry
