#include "pointsman/net/budget.hpp"

#include <gtest/gtest.h>

#include <thread>
#include <vector>

namespace pointsman::net {
namespace {

TEST(Budget, GivesUpToItsLimitAndNothingBeyond) {
  Budget budget(100);
  EXPECT_TRUE(budget.take(60));
  EXPECT_FALSE(budget.take(41));
  EXPECT_EQ(budget.used(), 60u) << "what was refused takes nothing";
  EXPECT_TRUE(budget.take(40));
  EXPECT_EQ(budget.used(), budget.limit());
  EXPECT_TRUE(budget.take(0));
  EXPECT_FALSE(budget.take(1));
  budget.give_back(1);
  EXPECT_TRUE(budget.take(1));
}

TEST(Budget, AnotherLimitTakesNothingAway) {
  Budget budget(100);
  EXPECT_TRUE(budget.take(80));
  budget.set_limit(50);
  EXPECT_EQ(budget.used(), 80u);
  EXPECT_FALSE(budget.take(1));
  budget.set_limit(81);
  EXPECT_TRUE(budget.take(1));
}

TEST(BudgetShare, TakesWhatIsMissing) {
  Budget budget(100);
  BudgetShare share(budget);
  EXPECT_TRUE(share.grow_to(30));
  EXPECT_TRUE(share.grow_to(100));
  EXPECT_EQ(budget.used(), 100u);
  EXPECT_TRUE(share.grow_to(20));
  EXPECT_EQ(budget.used(), 100u) << "it never shrinks";
}

TEST(BudgetShare, KeepsWhatItHasWhereMoreIsRefused) {
  Budget budget(100);
  BudgetShare first(budget);
  BudgetShare second(budget);
  ASSERT_TRUE(first.grow_to(60));
  ASSERT_TRUE(second.grow_to(30));
  EXPECT_FALSE(second.grow_to(41));
  EXPECT_EQ(budget.used(), 90u);
  first.release();
  EXPECT_EQ(budget.used(), 30u);
  EXPECT_TRUE(second.grow_to(41));
  EXPECT_EQ(budget.used(), 41u);
}

TEST(BudgetShare, GivesBackOnce) {
  Budget budget(100);
  {
    BudgetShare share(budget);
    ASSERT_TRUE(share.grow_to(40));
    share.release();
    EXPECT_EQ(budget.used(), 0u);
    ASSERT_TRUE(share.grow_to(50));
    EXPECT_EQ(budget.used(), 50u);
  }
  EXPECT_EQ(budget.used(), 0u);
}

TEST(Budget, IsSharedByThreads) {
  Budget budget(3);
  std::atomic<int> held{0};
  std::atomic<int> most{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      for (int round = 0; round < 20'000; ++round) {
        BudgetShare share(budget);
        if (!share.grow_to(1)) continue;
        const int now = ++held;
        for (int before = most; now > before && !most.compare_exchange_weak(before, now);) {
        }
        --held;
      }
    });
  }
  for (auto& each : threads) each.join();
  EXPECT_LE(most, 3);
  EXPECT_GE(most, 1);
  EXPECT_EQ(budget.used(), 0u);
}

}  // namespace
}  // namespace pointsman::net
