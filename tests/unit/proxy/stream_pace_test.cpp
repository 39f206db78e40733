#include "pointsman/proxy/stream_pace.hpp"

#include <gtest/gtest.h>

namespace pointsman::proxy {
namespace {

MonotonicTime at(int ms) { return MonotonicTime(Milliseconds(ms)); }

TEST(StreamPace, KeepsItsEndsAndTellsWhatLiesBetween) {
  TokenTimes between;
  StreamPace pace;
  pace.between = &between;
  pace.came(3, at(100));
  EXPECT_EQ(between.sum(), 0);
  pace.came(4, at(130));
  pace.came(9, at(330));
  EXPECT_EQ(pace.first, at(100));
  EXPECT_EQ(pace.last, at(330));
  EXPECT_EQ(pace.events, 9);
  EXPECT_EQ(between.sum(), 230'000);
  EXPECT_EQ(between.count(2), 1);  // up to 50 ms
  EXPECT_EQ(between.count(6), 1);  // up to 200 ms
}

TEST(StreamPace, NeedsNobodyToTell) {
  StreamPace pace;
  pace.came(1, at(1));
  pace.came(2, at(5));
  EXPECT_EQ(pace.last, at(5));
}

}  // namespace
}  // namespace pointsman::proxy
