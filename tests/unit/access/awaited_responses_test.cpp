#include "pointsman/access/awaited_responses.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

namespace pointsman::access {
namespace {

constexpr std::uint64_t limit = 100'000;
constexpr std::uint64_t estimate = 100;
constexpr std::uint64_t told = 7;

class AwaitedResponse : public testing::Test {
 protected:
  AwaitedResponse() {
    quota_->use({.tokens_per_minute = limit, .models = {{.models = "m", .tokens_per_minute = limit}}}, {}, now().wall);
  }

  Moment now() const { return Moment(clock_); }
  Allowance taken(std::uint64_t tokens, std::string_view model = "m") {
    Allowance allowance;
    Standing standing;
    EXPECT_FALSE(quota_->take({.model = model, .tokens = tokens, .takes_place = false}, now(), allowance, standing));
    return allowance;
  }
  // Of the whole key, or of the model.
  std::uint64_t taken_of(std::string_view models) {
    for (const auto& each : quota_->states(now())) {
      if (each.models == models) return each.taken;
    }
    return limit;
  }

  ManualClock clock_;
  std::shared_ptr<Quota> quota_ = std::make_shared<Quota>();
};

struct Row {
  std::string name;
  std::string events;  // c: asked, o: another message, b: begun, e: ended, u: ended without usage, x: error
  std::uint64_t taken;
};

TEST_F(AwaitedResponse, KeepsWhatItTookUnlessItIsKnownBetter) {
  const std::vector<Row> rows{
      {"asked for", "c", estimate},
      {"begun", "cb", estimate},
      {"ended", "cbe", told},
      {"ended by one that does not say when it begins", "ce", told},
      {"ended, of unknown use", "cbu", estimate},
      {"refused", "cx", 0},
      {"refused, and the next one is not", "cxc", estimate},
      {"refused each time", "cxcxcx", 0},
      {"one after the other", "cbecbecbe", 3 * told},
      {"two at once", "ccbebe", 2 * told},
      {"an error of what else was sent", "cbox", estimate},
      {"the same, and it ends", "cboxe", told},
      {"nonsense first", "ocx", estimate},
      {"nonsense first, and it ends", "ocxbe", told},
      {"nonsense from one that does not say when it begins", "cox", estimate},
      {"a lot of nonsense", "cbooxxe", told},
      {"nonsense, and the next one is refused", "oxcx", 0},
      {"an error while it is made", "cbx", estimate},
      {"one of two is refused", "cbcx", 2 * estimate},
      {"one of two is refused, and the other ends", "cbcxe", told + estimate},
      {"more than was asked for", "cbee", 2 * told},
      {"nothing was asked for", "e", told},
      {"an error, and nothing was asked for", "x", 0},
  };
  for (const auto& row : rows) {
    quota_ = std::make_shared<Quota>();
    quota_->use({.tokens_per_minute = limit}, {}, now().wall);
    auto connection = taken(0, "");
    AwaitedResponses awaited(&connection);
    for (const char event : row.events) {
      switch (event) {
        case 'c': awaited.add(taken(estimate)); break;
        case 'o': awaited.add_other(); break;
        case 'b': awaited.began(""); break;
        case 'e': awaited.ended("", told, now()); break;
        case 'u': awaited.ended("", std::nullopt, now()); break;
        default: awaited.failed(0, now());
      }
    }
    EXPECT_EQ(taken_of(""), row.taken) << row.name;
  }
}

TEST_F(AwaitedResponse, IsSettledByItsIdWhereThatIsKnown) {
  quota_->use({.models = {{.models = "a", .tokens_per_minute = limit}, {.models = "b", .tokens_per_minute = limit}}},
              {}, now().wall);
  AwaitedResponses awaited(nullptr);
  awaited.add(taken(estimate, "a"));
  awaited.add(taken(estimate, "b"));
  awaited.began("resp_a");
  awaited.began("resp_b");
  awaited.ended("resp_b", told, now());
  EXPECT_EQ(taken_of("a"), estimate);
  EXPECT_EQ(taken_of("b"), told);
  awaited.ended("resp_a", 2 * told, now());
  EXPECT_EQ(taken_of("a"), 2 * told);
}

// Some name a response anew when it ends.
TEST_F(AwaitedResponse, OfAnIdThatNobodyKnowsIsTheOldest) {
  quota_->use({.models = {{.models = "a", .tokens_per_minute = limit}, {.models = "b", .tokens_per_minute = limit}}},
              {}, now().wall);
  AwaitedResponses awaited(nullptr);
  awaited.add(taken(estimate, "a"));
  awaited.add(taken(estimate, "b"));
  awaited.began("resp_a");
  awaited.began("");
  awaited.ended("resp_x", told, now());
  EXPECT_EQ(taken_of("a"), told);
  EXPECT_EQ(taken_of("b"), estimate);
}

TEST_F(AwaitedResponse, OfWhichTooManyWaitKeepsItsEstimate) {
  AwaitedResponses awaited(nullptr);
  for (std::size_t i = 0; i <= AwaitedResponses::most; ++i) awaited.add(taken(estimate));
  for (std::size_t i = 0; i < AwaitedResponses::most; ++i) awaited.ended("", 0, now());
  EXPECT_EQ(taken_of(""), estimate);
}

TEST_F(AwaitedResponse, ForWhichNobodyWaitsCountsForTheModelOfTheLastOne) {
  auto connection = taken(0, "");
  AwaitedResponses awaited(&connection);
  awaited.ended("", 1, now());
  EXPECT_EQ(taken_of("m"), 0u);
  awaited.add(taken(estimate));
  awaited.failed(0, now());
  awaited.ended("", 20, now());
  EXPECT_EQ(taken_of("m"), 20u);
  awaited.failed(300, now());
  EXPECT_EQ(taken_of("m"), 320u);
  EXPECT_EQ(taken_of(""), 321u);
}

TEST_F(AwaitedResponse, WithoutLimitsTakesNothing) {
  AwaitedResponses awaited(nullptr);
  awaited.ended("", told, now());
  awaited.add({});
  awaited.failed(0, now());
  awaited.ended("", told, now());
  EXPECT_EQ(taken_of(""), 0u);
}

}  // namespace
}  // namespace pointsman::access
