#include "pointsman/access/quota.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>
#include <vector>

#include "pointsman/access/quotas.hpp"

namespace pointsman::access {
namespace {

class Quotas : public testing::Test {
 protected:
  void use(const config::KeyLimits& limits, const Quota::Spent& spent = {}) { quota_->use(limits, spent, now().wall); }
  Moment now() const { return Moment(clock_); }
  // What denies it; empty: it was taken.
  std::string take(const Demand& demand = {}) {
    auto& allowance = held_.emplace_back();
    standing_ = {};
    denial_ = quota_->take(demand, now(), allowance, standing_);
    return denial_ ? std::string(name(denial_->limit)) : "";
  }
  void end() { held_.clear(); }

  ManualClock clock_;
  std::shared_ptr<Quota> quota_ = std::make_shared<Quota>();
  std::vector<Allowance> held_;
  std::optional<Denial> denial_;
  Standing standing_;
};

TEST_F(Quotas, EachLimitDenies) {
  struct Case {
    config::KeyLimits limits;
    std::string denied_by;
    Milliseconds wait;
  };
  const Case table[] = {
      {{.requests_per_minute = 1}, "rpm", Milliseconds(60'000)},
      {{.tokens_per_minute = 10}, "tpm", Milliseconds(60'000)},
      {{.concurrent = 1}, "concurrent", Milliseconds(1'000)},
      {{.tokens_per_day = 10}, "day", Budget::end_of(Budget::Period::day, now().wall) - now().wall},
      {{.tokens_per_month = 10}, "month", Budget::end_of(Budget::Period::month, now().wall) - now().wall},
      {{.requests_per_minute = 1, .concurrent = 1}, "rpm", Milliseconds(60'000)},  // for which to wait longest
  };
  for (const auto& each : table) {
    SCOPED_TRACE(each.denied_by);
    quota_ = std::make_shared<Quota>();
    use(each.limits);
    EXPECT_EQ(take({.tokens = 10}), "");
    EXPECT_EQ(take({.tokens = 10}), each.denied_by);
    ASSERT_TRUE(denial_);
    EXPECT_EQ(denial_->wait, each.wait);
    end();
  }
}

TEST_F(Quotas, SayHowTheyStand) {
  use({.requests_per_minute = 2,
       .concurrent = 1,
       .tokens_per_day = 100,
       .models = {{.models = "big*", .tokens_per_minute = 5}}},
      {.day = 90});
  const auto states = [&] {
    std::vector<std::string> result;
    for (const auto& each : quota_->states(now())) {
      result.push_back(std::string(name(each.limit)) + (each.models.empty() ? "" : " of " + each.models) + " " +
                       std::to_string(each.taken) + "/" + std::to_string(each.amount) +
                       (each.wait > Milliseconds(0) ? " full" : ""));
    }
    return result;
  };
  EXPECT_EQ(states(), (std::vector<std::string>{"rpm 0/2", "concurrent 0/1", "tpm of big* 0/5", "day 90/100"}));
  EXPECT_EQ(take({.model = "big-1", .tokens = 20}), "");
  EXPECT_EQ(states(),
            (std::vector<std::string>{"rpm 1/2", "concurrent 1/1 full", "tpm of big* 5/5 full", "day 110/100 full"}));
  end();
  EXPECT_EQ(states()[1], "concurrent 0/1");
}

TEST_F(Quotas, WhatIsDeniedTakesNothing) {
  use({.requests_per_minute = 10, .tokens_per_minute = 100, .concurrent = 5, .tokens_per_day = 1'000});
  EXPECT_EQ(take({.tokens = 90}), "");
  for (int i = 0; i < 20; ++i) EXPECT_EQ(take({.tokens = 11}), "tpm");
  EXPECT_EQ(quota_->running(), 1u);
  EXPECT_EQ(standing_.requests->remaining, 9u);
  EXPECT_EQ(standing_.tokens->remaining, 10u);
  EXPECT_EQ(take({.tokens = 10}), "");
}

TEST_F(Quotas, APlaceIsGivenBackOnceHoweverItEnds) {
  use({.concurrent = 1});
  {
    Allowance allowance;
    Standing standing;
    ASSERT_FALSE(quota_->take({}, now(), allowance, standing));
    EXPECT_EQ(quota_->running(), 1u);
    Allowance moved(std::move(allowance));
    EXPECT_EQ(quota_->running(), 1u);
    allowance = std::move(moved);
    EXPECT_EQ(quota_->running(), 1u);
    allowance.give_back();
    allowance.give_back();
    EXPECT_EQ(quota_->running(), 0u);
    ASSERT_FALSE(quota_->take({}, now(), moved, standing));
  }
  EXPECT_EQ(quota_->running(), 0u);
}

TEST_F(Quotas, AMessageNeedsNoPlace) {
  use({.requests_per_minute = 2, .concurrent = 1});
  EXPECT_EQ(take({.requests = 0}), "");
  EXPECT_EQ(take({.takes_place = false}), "");
  EXPECT_EQ(take({.takes_place = false}), "");
  EXPECT_EQ(take({.takes_place = false}), "rpm");
  EXPECT_EQ(quota_->running(), 1u);
}

TEST_F(Quotas, TokensAreSettled) {
  use({.tokens_per_minute = 100, .tokens_per_day = 150});
  EXPECT_EQ(take({.tokens = 100}), "");
  held_.back().settle(20, now());
  EXPECT_EQ(take({.tokens = 80}), "");
  held_.back().settle(500, now());
  EXPECT_EQ(take({.tokens = 1}), "day");
  use({.tokens_per_minute = 100});
  EXPECT_EQ(take({.tokens = 1}), "tpm");
}

TEST_F(Quotas, TokensAreSettledAlsoWhenThePlaceWasGivenBack) {
  use({.tokens_per_minute = 100, .concurrent = 1});
  EXPECT_EQ(take({.tokens = 100}), "");
  held_.back().give_back();
  EXPECT_EQ(quota_->running(), 0u);
  EXPECT_EQ(take({.tokens = 1}), "tpm");
  held_.front().settle(99, now());
  EXPECT_EQ(take({.tokens = 1}), "");
}

TEST_F(Quotas, TokensThatNobodyEstimatedAreTaken) {
  use({.tokens_per_minute = 100, .tokens_per_day = 1'000, .models = {{.models = "m", .tokens_per_minute = 10}}});
  EXPECT_EQ(take({.model = "m"}), "");
  auto& connection = held_.front();
  connection.spend(4, now());
  connection.spend(5, now());
  EXPECT_EQ(take({.model = "m", .tokens = 1}), "");
  EXPECT_EQ(take({.model = "m", .tokens = 1}), "tpm");
  EXPECT_EQ(standing_.tokens->remaining, 0u);
  // Also more than there is.
  held_.front().spend(200, now());
  EXPECT_EQ(take({.tokens = 1}), "tpm");
  EXPECT_EQ(denial_->models, "");
  held_.front().spend(1'000, now());
  EXPECT_EQ(take(), "day");
}

TEST_F(Quotas, ModelsHaveLimitsOfTheirOwnBesideTheKeys) {
  use({.requests_per_minute = 3, .models = {{.models = "big*", .requests_per_minute = 1}}});
  EXPECT_EQ(take({.model = "big-1"}), "");
  EXPECT_EQ(standing_.requests->limit, 1u);  // the one of which the least is left
  EXPECT_EQ(take({.model = "big-2"}), "rpm");
  EXPECT_EQ(denial_->models, "big*");
  EXPECT_EQ(denial_->amount, 1u);
  EXPECT_EQ(take({.model = "small"}), "");
  EXPECT_EQ(take({}), "");
  EXPECT_EQ(take({.model = "small"}), "rpm");
  EXPECT_EQ(denial_->models, "");
}

TEST_F(Quotas, OtherLimitsLetWhatWasTakenStand) {
  use({.requests_per_minute = 2, .concurrent = 2, .models = {{.models = "m", .concurrent = 1}}});
  EXPECT_EQ(take({.model = "m"}), "");
  use({.requests_per_minute = 3, .concurrent = 1});
  EXPECT_EQ(take(), "concurrent");
  end();
  EXPECT_EQ(quota_->running(), 0u);
  EXPECT_EQ(take(), "");
  EXPECT_EQ(standing_.requests->remaining, 1u);
}

TEST_F(Quotas, ABudgetBeginsWithWhatWasSpentBefore) {
  use({.tokens_per_day = 100}, {.day = 100});
  EXPECT_EQ(take(), "day");
  use({.tokens_per_day = 200}, {.day = 5'000});  // counted by now
  EXPECT_EQ(take(), "");
}

// Whatever the interleaving: never more at once than allowed, and as many as allowed in all.
TEST_F(Quotas, AreExactOverAllThreads) {
  constexpr std::uint64_t places = 3;
  constexpr std::uint64_t requests = 2'000;
  use({.requests_per_minute = requests, .concurrent = places});
  std::atomic<std::uint64_t> running{0};
  std::atomic<std::uint64_t> most{0};
  std::atomic<std::uint64_t> taken{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      while (taken < requests) {
        Allowance allowance;
        Standing standing;
        if (quota_->take({}, now(), allowance, standing)) continue;
        const auto at_once = ++running;
        auto seen = most.load();
        while (seen < at_once && !most.compare_exchange_weak(seen, at_once)) {
        }
        ++taken;
        --running;
      }
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(taken, requests);
  EXPECT_LE(most, places);
  EXPECT_EQ(quota_->running(), 0u);
  EXPECT_EQ(take(), "rpm");
}

config::Key key(const std::string& name, const config::KeyLimits& limits) {
  config::Key made;
  made.name = name;
  made.limits = limits;
  return made;
}

TEST(QuotasByName, AreOfNamesAndOutliveARing) {
  access::Quotas quotas;
  const WallTime now{Milliseconds(1'700'000'000'000)};
  std::vector<std::string> asked;
  const auto spent = [&](const std::string& name, WallTime) {
    asked.push_back(name);
    return std::uint64_t{7};
  };
  const config::KeyLimits limits{.concurrent = 1};
  const auto first = quotas.of({key("a", limits), key("free", {}), key("a", limits)}, now, spent);
  ASSERT_EQ(first.size(), 3u);
  EXPECT_NE(first[0], nullptr);
  EXPECT_EQ(first[1], nullptr);
  EXPECT_EQ(first[0], first[2]);
  EXPECT_TRUE(asked.empty());

  const auto second = quotas.of({key("b", limits), key("a", {.concurrent = 2, .tokens_per_month = 9})}, now, spent);
  EXPECT_EQ(second[1], first[0]);
  EXPECT_NE(second[0], first[0]);
  EXPECT_EQ(asked, std::vector<std::string>{"a"});
  quotas.of({key("a", {.tokens_per_month = 10})}, now, spent);
  EXPECT_EQ(asked.size(), 1u);
}

}  // namespace
}  // namespace pointsman::access
