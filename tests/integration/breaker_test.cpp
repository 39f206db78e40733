#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <string>

#include "support/several_endpoints.hpp"

// Which endpoints are passed over because of what they answered.
namespace pointsman::test {
namespace {

using boost::asio::awaitable;
using testing::HasSubstr;

const Script works = json(200, "{}");
const Script fails = json(502, "{}");

class Breaking : public SeveralEndpoints {
 protected:
  Script while_ill(Script ill) {
    return [this, ill](Conversation& conversation) -> awaitable<void> {
      const Script& script = is_ill_ ? ill : works;
      co_await script(conversation);
    };
  }
  std::string explanation(const std::string& model = "m") {
    return ask(gateway_->operations_port(), "GET", "/explain?model=" + model + "&api=chat_completions").body;
  }

  std::atomic<bool> is_ill_ = true;
};

TEST_F(Breaking, AnEndpointThatFailsInARowIsLeftAloneUntilItWorks) {
  start({{while_ill(fails)}, {works}});
  for (int i = 0; i < 8; ++i) EXPECT_EQ(answerer(), "b");
  EXPECT_EQ(requests('a'), 5u);
  EXPECT_EQ(metric("pointsman_breaker_opened_total"), "1");
  EXPECT_THAT(explanation(), HasSubstr("breaker"));

  // One request is let through after a while, and its success closes it.
  is_ill_ = false;
  EXPECT_TRUE(eventually([&] { return answerer() == "a"; }));
  EXPECT_EQ(answerer(), "a");
  EXPECT_THAT(explanation(), testing::Not(HasSubstr("breaker")));
}

TEST_F(Breaking, TheOnlyEndpointIsAlwaysAsked) {
  start({{fails}});
  for (int i = 0; i < 8; ++i) EXPECT_EQ(post().status(), 502);
  EXPECT_EQ(requests('a'), 8u);
}

TEST_F(Breaking, HalfOfTheEndpointsAreAlwaysAsked) {
  start({{fails}, {fails}}, "routing: {attempts: 1}\n");
  for (int i = 0; i < 12; ++i) EXPECT_EQ(post().status(), 502);
  EXPECT_EQ(requests('a') + requests('b'), 12u);
  EXPECT_EQ(requests('a'), 5u);
}

TEST_F(Breaking, AFaultOfOneModelLeavesTheOthers) {
  const Script by_model = [](Conversation& conversation) -> awaitable<void> {
    const bool is_large = conversation.request().body.find("large") != std::string::npos;
    const Script script = is_large ? json(500, R"({"error":"model 'large' crashed"})") : works;
    co_await script(conversation);
  };
  start({{by_model, "", {"large", "small"}}, {works, "", {"large", "small"}}});
  const auto answerer_of = [&](const std::string& model) {
    return post(R"({"model":")" + model + R"("})").field("x-pointsman-endpoint");
  };
  for (int i = 0; i < 8; ++i) EXPECT_EQ(answerer_of("large"), "b");
  EXPECT_EQ(requests('a'), 5u);
  EXPECT_EQ(answerer_of("small"), "a");
  EXPECT_THAT(explanation("large"), HasSubstr("breaker"));
  EXPECT_THAT(explanation("small"), testing::Not(HasSubstr("breaker")));
}

TEST_F(Breaking, AnEndpointThatIsBusyGetsLessAndIsNeverLeftOut) {
  start({{json(429, "{}", {{"Retry-After", "60"}})}, {works}});
  constexpr int count = 21;
  for (int i = 0; i < count; ++i) EXPECT_EQ(answerer(), "b");
  // The first, and then one in four.
  EXPECT_EQ(requests('a'), 1u + (count - 1) / 4);
  EXPECT_EQ(metric("pointsman_breaker_opened_total"), "0");
}

TEST_F(Breaking, WhatIsAboutTheRequestsDoesNotCount) {
  start({{json(400, "{}")}, {works}});
  for (int i = 0; i < 8; ++i) EXPECT_EQ(post().status(), 400);
  EXPECT_EQ(requests('b'), 0u);
}

}  // namespace
}  // namespace pointsman::test
