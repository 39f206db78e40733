#include "pointsman/probe/schedule.hpp"

#include <gmock/gmock.h>

#include <set>

namespace pointsman::probe {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;

const MonotonicTime start{1'000s};

TEST(Schedule, ANewEndpointIsDueAtOnce) {
  Schedule schedule(30s, 1);
  EXPECT_FALSE(schedule.next());
  schedule.set_endpoints({"b", "a"}, start);
  EXPECT_EQ(schedule.next(), start);
  EXPECT_THAT(schedule.begin_due(start), ElementsAre("a", "b"));
}

TEST(Schedule, OneProbeOfAnEndpointAtATime) {
  Schedule schedule(30s, 1);
  schedule.set_endpoints({"a"}, start);
  schedule.begin_due(start);
  EXPECT_FALSE(schedule.next());
  EXPECT_THAT(schedule.begin_due(start + 1h), IsEmpty());
  schedule.finished("a", start + 1h);
  EXPECT_GT(schedule.next(), start + 1h) << "the interval begins when the probe ends";
}

TEST(Schedule, TheIntervalIsGivenOrTakenATenth) {
  Schedule schedule(30s, 1);
  schedule.set_endpoints({"a"}, start);
  std::set<MonotonicTime> times;
  for (int i = 0; i < 1'000; ++i) {
    schedule.begin_due(schedule.next().value());
    schedule.finished("a", start);
    const auto next = schedule.next().value();
    EXPECT_GE(next, start + 27s);
    EXPECT_LE(next, start + 33s);
    times.insert(next);
  }
  EXPECT_LT(*times.begin(), start + 28s);
  EXPECT_GT(*times.rbegin(), start + 32s);
}

TEST(Schedule, TheSeedDecidesTheTimes) {
  const auto first = [](std::uint64_t seed) {
    Schedule schedule(30s, seed);
    schedule.set_endpoints({"a"}, start);
    schedule.begin_due(start);
    schedule.finished("a", start);
    return schedule.next();
  };
  EXPECT_EQ(first(7), first(7));
  EXPECT_NE(first(7), first(8));
}

TEST(Schedule, AReloadKeepsTheTurnsOfThoseThatStay) {
  Schedule schedule(30s, 1);
  schedule.set_endpoints({"stays", "goes"}, start);
  schedule.begin_due(start);
  schedule.finished("stays", start);
  const auto next = schedule.next();
  schedule.set_endpoints({"stays", "comes"}, start + 1s);
  EXPECT_THAT(schedule.begin_due(start + 1s), ElementsAre("comes"));
  schedule.finished("goes", start + 2s);
  EXPECT_EQ(schedule.next(), next);
}

TEST(Schedule, AShorterIntervalHoldsAtOnce) {
  Schedule schedule(1h, 1);
  schedule.set_endpoints({"a"}, start);
  schedule.begin_due(start);
  schedule.finished("a", start);
  schedule.set_interval(10s, start + 1s);
  EXPECT_EQ(schedule.next(), start + 11s);
  schedule.set_interval(1h, start + 1s);
  EXPECT_EQ(schedule.next(), start + 11s) << "what is due sooner stays so";
  schedule.begin_due(start + 11s);
  schedule.finished("a", start + 11s);
  EXPECT_GT(schedule.next(), start + 50min);
}

TEST(Schedule, HurryMakesAnEndpointDueAtOnce) {
  Schedule schedule(30s, 1);
  schedule.set_endpoints({"a"}, start);
  schedule.begin_due(start);
  schedule.finished("a", start);
  schedule.hurry("a", start + 1s);
  schedule.hurry("nobody", start + 1s);
  EXPECT_THAT(schedule.begin_due(start + 1s), ElementsAre("a"));
}

TEST(Schedule, HurryDuringAProbeMeansOnceMore) {
  Schedule schedule(30s, 1);
  schedule.set_endpoints({"a"}, start);
  schedule.begin_due(start);
  schedule.hurry("a", start + 1s);
  EXPECT_THAT(schedule.begin_due(start + 1s), IsEmpty());
  schedule.finished("a", start + 2s);
  EXPECT_THAT(schedule.begin_due(start + 2s), ElementsAre("a"));
  schedule.finished("a", start + 3s);
  EXPECT_GT(schedule.next(), start + 3s);
}

TEST(Schedule, HurryMayMeanSoon) {
  Schedule schedule(30s, 1);
  schedule.set_endpoints({"a"}, start);
  schedule.begin_due(start);
  schedule.finished("a", start);
  EXPECT_TRUE(schedule.hurry("a", start + 1s));
  EXPECT_EQ(schedule.next(), start + 1s);
  EXPECT_FALSE(schedule.hurry("a", start + 2s)) << "it is due before that";
  EXPECT_EQ(schedule.next(), start + 1s);
}

TEST(Schedule, SoonAfterAProbeThatIsUnderWay) {
  struct Row {
    MonotonicTime first, second, finished, expected;
  };
  const Row rows[] = {
      {start + 1s, start + 1s, start + 200ms, start + 1s},
      {start + 3s, start + 1s, start + 200ms, start + 1s},
      {start + 1s, start + 3s, start + 200ms, start + 1s},
      {start + 1s, start + 1s, start + 5s, start + 5s},
  };
  for (const auto& row : rows) {
    Schedule schedule(30s, 1);
    schedule.set_endpoints({"a"}, start);
    schedule.begin_due(start);
    EXPECT_FALSE(schedule.hurry("a", row.first));
    EXPECT_FALSE(schedule.hurry("a", row.second));
    EXPECT_FALSE(schedule.next());
    schedule.finished("a", row.finished);
    EXPECT_EQ(schedule.next(), row.expected);
  }
}

TEST(Schedule, HurryDelaysNothing) {
  Schedule schedule(30s, 1);
  schedule.set_endpoints({"a"}, start);
  schedule.begin_due(start);
  schedule.hurry("a", start + 1h);
  schedule.finished("a", start);
  EXPECT_LE(schedule.next(), start + 33s);
}

TEST(Schedule, AnIntervalTooShortForATenth) {
  Schedule schedule(5ms, 1);
  schedule.set_endpoints({"a"}, start);
  schedule.begin_due(start);
  schedule.finished("a", start);
  EXPECT_EQ(schedule.next(), start + 5ms);
}

}  // namespace
}  // namespace pointsman::probe
