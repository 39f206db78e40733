#include "pointsman/registry/breaker.hpp"

#include <gtest/gtest.h>

#include <string>

namespace pointsman::registry {
namespace {

// What happens to a breaker, a letter each: F a fault, S a success, P a request that asks to pass and is remembered if
// it is the trial, f and u how that trial ended (fault, undecided), digits so many times half a second.
struct Row {
  std::string events;
  std::string passages;  // what P found: . free, t trial, x none
  bool closed;
};

class BreakerTest : public testing::Test {
 protected:
  void tell(Breaker& breaker, char event, std::string& passages) {
    switch (event) {
      case 'F': breaker.fault(now_, false); return;
      case 'f': breaker.fault(now_, true); return;
      case 'S': breaker.success(); return;
      case 'u': breaker.undecided(now_); return;
      case 'P': passages += ".tx"[static_cast<std::size_t>(breaker.pass(now_))]; return;
      default: now_ += Milliseconds(500) * (event - '0');
    }
  }
  MonotonicTime now_{Milliseconds(1'000'000)};
};

TEST_F(BreakerTest, FollowsItsTable) {
  const Row rows[] = {
      {"P", ".", true},
      {"FFFFP", ".", true},
      {"FFFFFP", "x", false},
      // Only in a row.
      {"FFFFSFFFFP", ".", true},
      // Its pause is a second; then one may try.
      {"FFFFF1P", "x", false},
      {"FFFFF2PP", "tx", false},
      {"FFFFF2PSP", "t.", true},
      // Each failed trial doubles the pause.
      {"FFFFF2Pf2P", "tx", false},
      {"FFFFF2Pf4P", "tt", false},
      {"FFFFF2Pf4Pf6P", "ttx", false},
      {"FFFFF2Pf4Pf8P", "ttt", false},
      // A success forgets that.
      {"FFFFF2Pf4PSFFFFF2P", "ttt", false},
      // What began before it opened says nothing new, unless it is good.
      {"FFFFFFFF2P", "t", false},
      {"FFFFFSP", ".", true},
      // A trial that showed nothing lets the next one try; so does one that never ends, after a while.
      {"FFFFF2PuP", "tt", false},
      {"FFFFF2P999P", "tt", false},
      {"FFFFF2P99P", "tx", false},
  };
  for (const auto& row : rows) {
    SCOPED_TRACE(row.events);
    now_ = MonotonicTime(Milliseconds(1'000'000));
    Breaker breaker;
    std::string passages;
    for (const char event : row.events) tell(breaker, event, passages);
    EXPECT_EQ(passages, row.passages);
    EXPECT_EQ(breaker.is_closed(), row.closed);
  }
}

TEST_F(BreakerTest, SaysWhenItOpensAndWhenItCloses) {
  Breaker breaker;
  for (std::uint32_t i = 1; i < Breaker::faults_in_a_row; ++i) EXPECT_FALSE(breaker.fault(now_, false));
  EXPECT_TRUE(breaker.fault(now_, false));
  EXPECT_FALSE(breaker.fault(now_, false));
  EXPECT_TRUE(breaker.is_open(now_));
  now_ += Breaker::first_pause;
  EXPECT_FALSE(breaker.is_open(now_));
  EXPECT_FALSE(breaker.is_closed());
  EXPECT_EQ(breaker.pass(now_), Breaker::Passage::trial);
  EXPECT_FALSE(breaker.fault(now_, true));
  EXPECT_TRUE(breaker.success());
  EXPECT_FALSE(breaker.success());
  EXPECT_EQ(breaker.faults(), 0u);
}

TEST_F(BreakerTest, ItsPauseHasABound) {
  Breaker breaker;
  for (std::uint32_t i = 0; i < Breaker::faults_in_a_row; ++i) breaker.fault(now_, false);
  for (int i = 0; i < 100; ++i) {
    now_ += Breaker::longest_pause;
    ASSERT_EQ(breaker.pass(now_), Breaker::Passage::trial);
    breaker.fault(now_, true);
  }
  EXPECT_TRUE(breaker.is_open(now_ + Breaker::longest_pause - Milliseconds(1)));
  EXPECT_FALSE(breaker.is_open(now_ + Breaker::longest_pause));
}

}  // namespace
}  // namespace pointsman::registry
