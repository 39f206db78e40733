#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "support/eventually.hpp"
#include "support/own_answer.hpp"
#include "support/several_endpoints.hpp"

// Which model stands in for another one, and when.
namespace pointsman::test {
namespace {

using testing::HasSubstr;

const Script works = json(200, "{}");
const Script fails = json(502, "{}");
const std::string rules = "models: {fallbacks: {big: [missing, medium, medium, small]}}\n";
const std::string on_length = "models: {fallbacks: {big: [medium]}, fallback_on_context_length: true}\n";
const std::string ask_big = R"({ "model" : "big" ,"messages":[] })";

class Fallback : public SeveralEndpoints {
 protected:
  static void expect_fallback(const Response& response, const std::string& model) {
    EXPECT_EQ(response.status(), 200);
    EXPECT_EQ(response.field("x-pointsman-fallback"), model);
  }
};

TEST_F(Fallback, AModelStandsInWhoseAttemptsAllFailed) {
  start({{fails, "", {"big"}}, {works, "", {"medium"}}}, rules);
  expect_fallback(post(ask_big), "medium");
  EXPECT_EQ(upstream('b').requests().at(0).body, R"({ "model" : "medium" ,"messages":[] })");
  EXPECT_TRUE(gateway_->shows("pointsman_fallbacks_total 1"));
  EXPECT_TRUE(gateway_->says(R"("fallback":"medium")"));
  // Whoever is asked for by name has no stand-in.
  EXPECT_EQ(post(R"({"model":"medium"})").field("x-pointsman-fallback"), "");
}

TEST_F(Fallback, OneAfterTheOther) {
  start({{fails, "", {"big"}}, {fails, "", {"medium"}}, {works, "", {"small"}}}, rules);
  expect_fallback(post(ask_big), "small");
  EXPECT_EQ(requests('b'), 1u);
}

TEST_F(Fallback, WhereNobodyHasTheModel) {
  start({{works, "", {"small"}}}, rules);
  expect_fallback(post(ask_big), "small");
}

// A server of one place for two models: the place of the request that failed is that of the one that follows.
TEST_F(Fallback, TakesOverThePlaceOfTheAttemptThatFailed) {
  const Script fails_when_big = [](Conversation& conversation) -> boost::asio::awaitable<void> {
    const bool is_big = conversation.request().body.find("big") != std::string::npos;
    co_await conversation.send(std::string("HTTP/1.1 ") + (is_big ? "502" : "200") +
                               " Scripted\r\nContent-Length: 2\r\n\r\n{}");
  };
  start({{fails_when_big, "max_concurrent: 1", {"big", "small"}}}, rules);
  expect_fallback(post(ask_big), "small");
  expect_fallback(post(ask_big), "small");
}

TEST_F(Fallback, WhereAllThatHaveItAreFull) {
  demo::Gate gate;
  const Script held = [gate](Conversation& conversation) -> boost::asio::awaitable<void> {
    co_await conversation.wait(gate);
    co_await conversation.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}");
  };
  start({{held, "max_concurrent: 1", {"big"}}, {works, "", {"small"}}}, rules + "queue: {length: 0}\n");
  RawClient client(gateway_->port());
  client.send("POST /v1/chat/completions HTTP/1.1\r\nHost: x\r\nContent-Length: " + std::to_string(ask_big.size()) +
              "\r\n\r\n" + ask_big);
  ASSERT_TRUE(eventually([&] { return requests('a') == 1; }));
  expect_fallback(post(ask_big), "small");
  gate.open();
}

TEST_F(Fallback, WhereNoneIsUp) {
  start({{works, "", {"big"}}, {works, "", {"small"}}}, rules);
  const auto first = upstreams_.begin();
  upstreams_.erase(first);
  expect_fallback(post(ask_big), "small");
}

TEST_F(Fallback, TheLastAnswerStandsWhereAllFail) {
  start({{fails, "", {"big"}}, {json(503, "no"), "", {"medium"}}}, rules);
  const auto response = post(ask_big);
  EXPECT_EQ(response.status(), 503);
  EXPECT_EQ(response.body, "no");
  EXPECT_EQ(response.field("x-pointsman-fallback"), "medium");
}

TEST_F(Fallback, NotForWhatIsAboutTheRequest) {
  start({{json(400, "{}"), "", {"big"}}, {works, "", {"medium"}}}, rules);
  EXPECT_EQ(post(ask_big).status(), 400);
  EXPECT_EQ(requests('b'), 0u);
}

TEST_F(Fallback, AKeyMustBeAllowedToUseIt) {
  const std::string keys =
      "access: {keys: [{name: few, key: few-models-key-0123456789, models: [big, small]}, {name: all, key: "
      "all-models-key-0123456789}]}\n";
  start({{fails, "", {"big"}}, {works, "", {"medium"}}, {works, "", {"small"}}}, rules + keys);
  expect_fallback(post(ask_big, {{"Authorization", "Bearer few-models-key-0123456789"}}), "small");
  expect_fallback(post(ask_big, {{"Authorization", "Bearer all-models-key-0123456789"}}), "medium");
}

TEST_F(Fallback, ForARequestThatIsTooLongIfTheFileSaysSo) {
  const std::string error = R"({"error":{"message":"too long","code":"context_length_exceeded"}})";
  for (const Script& too_long : {json(400, error), bytes("HTTP/1.1 400 X\r\nTransfer-Encoding: chunked\r\n\r\n41\r\n" +
                                                         error + "\r\n0\r\n\r\n")}) {
    TearDown();
    start({{too_long, "", {"big"}}, {works, "", {"medium"}}}, on_length);
    expect_fallback(post(ask_big), "medium");
  }
  TearDown();
  start({{json(400, error), "", {"big"}}, {works, "", {"medium"}}}, rules);
  const auto response = post(ask_big);
  EXPECT_EQ(response.status(), 400);
  EXPECT_EQ(response.body, error);
}

TEST_F(Fallback, AnyOther400PassesAsItIs) {
  const std::string error = R"({"error":{"message":"'messages' is missing"}})";
  for (const Script& wrong :
       {json(400, error), bytes("HTTP/1.1 400 X\r\nContent-Length: 200000\r\n\r\n" + std::string(200'000, 'x'))}) {
    TearDown();
    start({{wrong, "", {"big"}}, {works, "", {"medium"}}}, on_length);
    const auto response = post(ask_big);
    EXPECT_EQ(response.status(), 400);
    EXPECT_TRUE(response.complete);
    EXPECT_TRUE(response.body == error || response.body == std::string(200'000, 'x'));
    EXPECT_EQ(requests('b'), 0u);
  }
}

}  // namespace
}  // namespace pointsman::test
