#include "pointsman/net/lag.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace pointsman::net {
namespace {

using std::chrono::milliseconds;
using namespace std::chrono_literals;

struct Case {
  std::string name;
  std::vector<milliseconds> ticks;  // how late each came
  milliseconds smoothed;
  bool is_too_much;
};

const Case cases[]{
    {"AtTheStart", {}, 0ms, false},
    {"InTime", {0ms, 0ms, 0ms}, 0ms, false},
    {"ALittleLate", {10ms, 10ms, 10ms, 10ms}, 9ms, false},
    {"ALonePause", {1000ms}, 500ms, false},
    {"ALongPause", {3000ms}, 1500ms, true},
    {"ALongPauseIsSoonForgotten", {3000ms, 0ms, 0ms}, 375ms, false},
    {"LateAgainAndAgain", {600ms, 600ms, 600ms}, 525ms, true},
    {"LateUpToTheBound", {500ms, 500ms, 500ms, 500ms, 500ms, 500ms, 500ms, 500ms}, 498ms, false},
    {"OverAgain", {2000ms, 2000ms, 0ms, 0ms}, 375ms, false},
};

TEST(Lag, FollowsTheTicks) {
  for (const auto& each : cases) {
    SCOPED_TRACE(each.name);
    Lag lag;
    for (const auto late : each.ticks) lag.tick_came(late);
    EXPECT_EQ(std::chrono::duration_cast<milliseconds>(lag.smoothed()), each.smoothed);
    EXPECT_EQ(lag.is_too_much(), each.is_too_much);
  }
}

}  // namespace
}  // namespace pointsman::net
