#include "pointsman/registry/retry_budget.hpp"

#include <gtest/gtest.h>

namespace pointsman::registry {
namespace {

class RetryBudgetTest : public testing::Test {
 protected:
  void request(int times, double share = 0.2) {
    for (int i = 0; i < times; ++i) budget_.deposit(share);
  }
  int withdrawn(double share = 0.2) {
    int count = 0;
    while (count < 1'000 && budget_.withdraw(share, now_)) ++count;
    return count;
  }
  RetryBudget budget_;
  MonotonicTime now_{Milliseconds(1'000'000)};
};

TEST_F(RetryBudgetTest, AQuietModelHasAFew) {
  EXPECT_EQ(withdrawn(), RetryBudget::floor);
  EXPECT_EQ(withdrawn(), 0);
}

TEST_F(RetryBudgetTest, EachRequestAddsItsShare) {
  withdrawn();
  request(50);
  EXPECT_EQ(withdrawn(), 10);
  request(4);
  EXPECT_EQ(withdrawn(), 0);
  request(1);
  EXPECT_EQ(withdrawn(), 1);
  request(3, 1.0);
  EXPECT_EQ(withdrawn(1.0), 3);
}

TEST_F(RetryBudgetTest, TheFewComeBackWithTime) {
  withdrawn();
  now_ += Milliseconds(2'500);
  EXPECT_EQ(withdrawn(), 2);
  now_ += Milliseconds(500);
  EXPECT_EQ(withdrawn(), 1);
  now_ += std::chrono::hours(1);
  EXPECT_EQ(withdrawn(), RetryBudget::floor);
}

TEST_F(RetryBudgetTest, NoMoreThanItsBoundIsSaved) {
  request(100'000);
  EXPECT_EQ(withdrawn(), RetryBudget::most);
}

TEST_F(RetryBudgetTest, WithoutAShareThereAreNone) {
  request(1'000, 0);
  EXPECT_EQ(withdrawn(0), 0);
}

}  // namespace
}  // namespace pointsman::registry
