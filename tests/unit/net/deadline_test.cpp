#include "pointsman/net/deadline.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <vector>

namespace pointsman::net {
namespace {

struct Recorded : Deadline {
  void expired() override {
    ++times;
    if (then) then();
  }
  int times = 0;
  std::function<void()> then;
};

MonotonicTime at(int ms) { return MonotonicTime(Milliseconds(ms)); }

TEST(Deadlines, ExpireOnceWhenTheirTimeHasCome) {
  Deadlines deadlines;
  Recorded early, late, never;
  for (auto* each : {&early, &late, &never}) deadlines.add(*each);
  early.expire_at(at(10));
  late.expire_at(at(20));

  deadlines.sweep(at(9));
  EXPECT_EQ(early.times, 0);
  deadlines.sweep(at(10));
  deadlines.sweep(at(11));
  EXPECT_EQ(early.times, 1);
  EXPECT_EQ(late.times, 0);
  deadlines.sweep(at(1000));
  EXPECT_EQ(late.times, 1);
  EXPECT_EQ(never.times, 0);
}

TEST(Deadlines, MayBeSetAgainWhileTheyExpire) {
  Deadlines deadlines;
  Recorded again;
  deadlines.add(again);
  again.expire_at(at(10));
  again.then = [&] { again.expire_at(at(30)); };
  deadlines.sweep(at(20));
  EXPECT_EQ(again.times, 1);
  deadlines.sweep(at(30));
  EXPECT_EQ(again.times, 2);
}

TEST(Deadlines, MayDestroyOthersThatAreDueAsWell) {
  Deadlines deadlines;
  Recorded first;
  auto second = std::make_unique<Recorded>();
  deadlines.add(first);
  deadlines.add(*second);
  first.expire_at(at(1));
  second->expire_at(at(1));
  first.then = [&] { second.reset(); };
  deadlines.sweep(at(2));
  EXPECT_EQ(first.times, 1);
  EXPECT_EQ(second, nullptr);
}

TEST(Deadlines, AllExpireWhenTheWorkerStops) {
  Deadlines deadlines;
  Recorded never;
  {
    Recorded gone;
    deadlines.add(gone);
  }
  deadlines.add(never);
  deadlines.expire_all();
  EXPECT_EQ(never.times, 1);
}

}  // namespace
}  // namespace pointsman::net
