#include "pointsman/access/late_settlements.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <memory>
#include <string>
#include <thread>
#include <vector>

namespace pointsman::access {
namespace {

class LateSettlement : public testing::Test {
 protected:
  LateSettlement() { quota_->use({.tokens_per_minute = 100, .concurrent = 1}, {}, now().wall); }

  Moment now() const { return Moment(clock_); }
  Allowance taken(std::uint64_t tokens) {
    Allowance allowance;
    Standing standing;
    EXPECT_FALSE(quota_->take({.tokens = tokens}, now(), allowance, standing));
    return allowance;
  }
  std::uint64_t remaining() {
    Allowance allowance;
    Standing standing;
    EXPECT_FALSE(quota_->take({.requests = 0, .takes_place = false}, now(), allowance, standing));
    return standing.tokens->remaining;
  }

  ManualClock clock_;
  std::shared_ptr<Quota> quota_ = std::make_shared<Quota>();
};

TEST_F(LateSettlement, IsOfTheRequestThatBeganItAndOnce) {
  LateSettlements late;
  late.await("resp_1", taken(80));
  EXPECT_EQ(quota_->running(), 0u) << "it needs no place any more";
  EXPECT_EQ(remaining(), 20u);
  EXPECT_FALSE(late.settle("resp_2", 7, now()));
  EXPECT_TRUE(late.settle("resp_1", 7, now()));
  EXPECT_EQ(remaining(), 93u);
  EXPECT_FALSE(late.settle("resp_1", 7, now()));
  EXPECT_EQ(remaining(), 93u);
  EXPECT_EQ(late.size(), 0u);
}

TEST_F(LateSettlement, OfTheSameIdTheFirstHolds) {
  LateSettlements late;
  late.await("resp", taken(30));
  late.await("resp", taken(40));
  EXPECT_TRUE(late.settle("resp", 0, now()));
  EXPECT_EQ(remaining(), 60u);
}

TEST_F(LateSettlement, ForgetsTheOldestBeyondItsBound) {
  LateSettlements late(3);
  for (int i = 0; i < 10; ++i) late.await("resp_" + std::to_string(i), taken(10));
  EXPECT_EQ(late.size(), 3u);
  EXPECT_FALSE(late.settle("resp_6", 0, now()));
  for (const auto* id : {"resp_7", "resp_8", "resp_9"}) EXPECT_TRUE(late.settle(id, 0, now())) << id;
  EXPECT_EQ(remaining(), 30u);
}

// Nobody holds the quota any more but what is awaited.
TEST_F(LateSettlement, OutlivesTheKey) {
  LateSettlements late;
  late.await("resp", taken(10));
  quota_.reset();
  EXPECT_TRUE(late.settle("resp", 5, now()));
}

TEST_F(LateSettlement, IsOnceWhoeverComesFirst) {
  LateSettlements late;
  for (int i = 0; i < 100; ++i) late.await(std::to_string(i), taken(1));
  std::atomic<int> settled{0};
  std::vector<std::thread> threads;
  for (int thread = 0; thread < 4; ++thread) {
    threads.emplace_back([&] {
      for (int i = 0; i < 100; ++i) settled += late.settle(std::to_string(i), 1, now()) ? 1 : 0;
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(settled, 100);
}

}  // namespace
}  // namespace pointsman::access
