#include "pointsman/daemon/drain.hpp"

#include <gtest/gtest.h>

namespace pointsman::daemon {
namespace {

using Phase = Drain::Phase;

constexpr config::Shutdown shutdown{Milliseconds(100), Milliseconds(1'000)};

MonotonicTime at(int milliseconds) { return MonotonicTime(std::chrono::hours(1)) + Milliseconds(milliseconds); }

Drain draining_from(int time) {
  Drain drain;
  drain.signalled({Milliseconds(0), shutdown.drain}, at(time));
  EXPECT_EQ(drain.look(at(time), 1), Phase::draining);
  return drain;
}

TEST(Drain, ServesUntilSomebodyAsksItToStop) {
  Drain drain;
  EXPECT_EQ(drain.look(at(0), 0), Phase::serving);
  EXPECT_EQ(drain.look(at(1'000'000), 5), Phase::serving);
}

TEST(Drain, ServesOnForTheGraceAndTakesNothingNewAfterwards) {
  Drain drain;
  drain.signalled(shutdown, at(0));
  EXPECT_EQ(drain.look(at(0), 0), Phase::grace);
  EXPECT_EQ(drain.look(at(99), 0), Phase::grace);
  EXPECT_EQ(drain.look(at(100), 0), Phase::draining);
  EXPECT_EQ(drain.end(), Drain::End::none);
}

TEST(Drain, PassesOverNoPhaseHoweverLateItLooks) {
  Drain drain;
  drain.signalled(shutdown, at(0));
  EXPECT_EQ(drain.look(at(10'000), 0), Phase::draining);
  EXPECT_EQ(drain.look(at(10'000), 0), Phase::over);
}

TEST(Drain, IsOverWithTheLastConnection) {
  auto drain = draining_from(0);
  EXPECT_EQ(drain.look(at(500), 1), Phase::draining);
  EXPECT_EQ(drain.look(at(501), 0), Phase::over);
  EXPECT_EQ(drain.end(), Drain::End::empty);
}

TEST(Drain, IsOverAtTheLatestAfterItsTime) {
  auto drain = draining_from(0);
  EXPECT_EQ(drain.look(at(999), 1), Phase::draining);
  EXPECT_EQ(drain.look(at(1'000), 1), Phase::over);
  EXPECT_EQ(drain.end(), Drain::End::too_long);
}

TEST(Drain, CountsItsTimeFromTheEndOfTheGrace) {
  Drain drain;
  drain.signalled(shutdown, at(0));
  EXPECT_EQ(drain.look(at(100), 1), Phase::draining);
  EXPECT_EQ(drain.look(at(1'099), 1), Phase::draining);
  EXPECT_EQ(drain.look(at(1'100), 1), Phase::over);
}

TEST(Drain, ASecondSignalEndsItAtOnce) {
  Drain in_grace;
  in_grace.signalled(shutdown, at(0));
  in_grace.signalled(shutdown, at(1));
  EXPECT_EQ(in_grace.phase(), Phase::over);
  EXPECT_EQ(in_grace.end(), Drain::End::signalled);

  auto drain = draining_from(0);
  drain.signalled(shutdown, at(1));
  EXPECT_EQ(drain.look(at(1), 1), Phase::over);
  EXPECT_EQ(drain.end(), Drain::End::signalled);
  drain.signalled(shutdown, at(2));
  EXPECT_EQ(drain.look(at(2), 0), Phase::over);
  EXPECT_EQ(drain.end(), Drain::End::signalled);
}

}  // namespace
}  // namespace pointsman::daemon
