#include "pointsman/api/rate_limit.hpp"

#include <gtest/gtest.h>

namespace pointsman::api {
namespace {

TEST(RateLimit, DurationsAreWrittenAsOpenAiDoes) {
  const std::pair<std::int64_t, std::string> table[] = {
      {0, "0s"},
      {20, "20ms"},
      {999, "999ms"},
      {1'000, "1s"},
      {1'500, "1.5s"},
      {59'040, "59.04s"},
      {60'000, "1m0s"},
      {360'000, "6m0s"},
      {90'250, "1m30.25s"},
      {3'600'000, "1h0m0s"},
      {86'399'001, "23h59m59.001s"},
  };
  for (const auto& [ms, text] : table) EXPECT_EQ(duration_text(Milliseconds(ms)), text);
}

TEST(RateLimit, TheAnswerSaysWhichLimitAndWhenToComeAgain) {
  const access::Denial denial{access::Limit::requests_per_minute, 60, "llama*", Milliseconds(1'001)};
  const access::Standing standing{.requests = access::Standing::Amount{60, 0, Milliseconds(60'000)}, .tokens = {}};
  const auto answer = rate_limited(denial, standing, "team");
  EXPECT_EQ(answer.status, 429);
  EXPECT_EQ(answer.message,
            "The key 'team' has reached its limit of 60 requests a minute with the models 'llama*'. Try again in "
            "1.001s.");
  EXPECT_EQ(answer.retry_after, std::chrono::seconds(2));
  EXPECT_EQ(answer.fields,
            "retry-after-ms: 1001\r\nx-ratelimit-limit-requests: 60\r\nx-ratelimit-remaining-requests: 0\r\n"
            "x-ratelimit-reset-requests: 1m0s\r\n");
  EXPECT_FALSE(answer.final);
}

TEST(RateLimit, WhoeverUsedUpABudgetNeedNotTryAtOnce) {
  const access::Denial denial{access::Limit::tokens_per_day, 1'000, "", Milliseconds(7'200'000)};
  const auto answer = rate_limited(denial, {}, "team");
  EXPECT_EQ(answer.message, "The key 'team' has reached its limit of 1000 tokens a day. Try again in 2h0m0s.");
  EXPECT_TRUE(answer.final);
}

TEST(RateLimit, TokensAreThoseThatTheLedgerSums) {
  payload::Usage usage;
  EXPECT_EQ(tokens_of(usage), 0u);
  usage.total = payload::Count(30);
  EXPECT_EQ(tokens_of(usage), 30u);
  usage.input = payload::Count(20);
  EXPECT_EQ(tokens_of(usage), 20u);
  usage.output = payload::Count(5);
  EXPECT_EQ(tokens_of(usage), 25u);
}

}  // namespace
}  // namespace pointsman::api
