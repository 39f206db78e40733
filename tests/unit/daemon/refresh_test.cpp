#include "pointsman/daemon/refresh.hpp"

#include <gtest/gtest.h>

namespace pointsman::daemon {
namespace {

using namespace std::chrono_literals;
using Admission = Refresh::Admission;

const MonotonicTime start{1'000s};
const std::vector<std::string> both{"a", "b"};

TEST(Refresh, IsOverWhenAProbeOfEachHasEnded) {
  Refresh refresh;
  EXPECT_FALSE(refresh.is_over());
  EXPECT_EQ(refresh.ask(both, start), Admission::begun);
  EXPECT_TRUE(refresh.is_under_way());
  for (const auto& endpoint : both) refresh.probe_began(endpoint);
  refresh.probe_ended("b");
  EXPECT_FALSE(refresh.is_over());
  refresh.probe_ended("a");
  EXPECT_TRUE(refresh.is_over());
  refresh.end();
  EXPECT_FALSE(refresh.is_over());
  EXPECT_FALSE(refresh.is_under_way());
}

TEST(Refresh, DoesNotCountAProbeThatHadBegunBefore) {
  Refresh refresh;
  refresh.probe_began("a");
  refresh.ask({"a"}, start);
  refresh.probe_ended("a");
  EXPECT_FALSE(refresh.is_over());
  refresh.probe_began("a");
  refresh.probe_ended("stranger");
  EXPECT_FALSE(refresh.is_over());
  refresh.probe_ended("a");
  EXPECT_TRUE(refresh.is_over());
}

TEST(Refresh, OfNothingIsOverAtOnce) {
  Refresh refresh;
  EXPECT_EQ(refresh.ask({}, start), Admission::begun);
  EXPECT_TRUE(refresh.is_over());
}

TEST(Refresh, IsJoinedAndThenRefusedForAWhile) {
  Refresh refresh;
  refresh.ask(both, start);
  EXPECT_EQ(refresh.ask(both, start), Admission::joined);
  EXPECT_EQ(refresh.ask(both, start + 1min), Admission::joined);
  refresh.end();
  EXPECT_EQ(refresh.ask(both, start + 9'999ms), Admission::refused);
  EXPECT_FALSE(refresh.is_under_way());
  EXPECT_EQ(refresh.ask(both, start + 10s), Admission::begun);
  EXPECT_FALSE(refresh.is_over()) << "nothing is left of the last one";
}

}  // namespace
}  // namespace pointsman::daemon
