#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "support/eventually.hpp"
#include "support/own_answer.hpp"
#include "support/several_endpoints.hpp"

// What a client that asks with x-pointsman-debug is told of its request, and who may ask.
namespace pointsman::test {
namespace {

using demo::Header;
using testing::AllOf;
using testing::HasSubstr;
using testing::MatchesRegex;
using testing::Not;
using testing::StartsWith;

const Script works = json(200, "{}");
const Script fails = json(503, "{}");
const Header asks{"x-pointsman-debug", "1"};
const Header knows{"Authorization", "Bearer debug-key-0123456789-abcdef"};
const Header runs_it{"Authorization", "Bearer whole-key-0123456789-abcdef"};
const Header plain{"Authorization", "Bearer plain-key-0123456789-abcdef"};
const std::string keys =
    "access: {keys: [{name: debug, key: debug-key-0123456789-abcdef, debug: true, models: [m, big, small]}, "
    "{name: whole, key: whole-key-0123456789-abcdef, debug: true}, {name: plain, key: plain-key-0123456789-abcdef, "
    "permissions: [admin]}]}\n";
const std::string request = R"({"model":"m","messages":[]})";
const std::string chosen_a = "chosen: a (it offers the API (probed: GET /v1/chat/completions: 405))";

class Debug : public SeveralEndpoints {
 protected:
  static std::string decision(const Response& response) { return response.field("x-pointsman-decision"); }
  static void expect_told(const Response& response, int status) {
    EXPECT_EQ(response.status(), status);
    EXPECT_THAT(response.field("x-pointsman-overhead-us"), MatchesRegex("[0-9]+"));
    EXPECT_LT(std::stoll("0" + response.field("x-pointsman-overhead-us")), 5'000'000);
  }
  static void expect_not_told(const Response& response) {
    EXPECT_EQ(response.field("x-pointsman-overhead-us"), "");
    EXPECT_EQ(decision(response), "");
  }
};

TEST_F(Debug, SaysWhoWasChosenAndWhyNobodyElse) {
  start({{works}, {works}, {works, "", {"n"}}}, keys);
  const auto response = post(request, {knows, asks});
  expect_told(response, 200);
  EXPECT_EQ(decision(response), chosen_a + " | not b: lower priority (1, after 0)");
  EXPECT_EQ(response.field("x-pointsman-endpoint"), "a");
  EXPECT_EQ(response.body, "{}");
  // The question is for us alone.
  const auto seen = upstream('a').requests().at(0);
  EXPECT_TRUE(std::ranges::none_of(seen.headers, [](const Header& each) { return each.name == asks.name; }));
}

TEST_F(Debug, OnlyAKeyThatMayAskIsTold) {
  start({{works}}, keys);
  expect_not_told(post(request, {plain, asks}));
  expect_not_told(post(request, {knows}));
  expect_not_told(post(request, {knows, {"x-pointsman-debug", "0"}}));
  const auto refused = post(request, {asks});
  EXPECT_EQ(refused.status(), 401);
  expect_not_told(refused);
  expect_told(post(request, {knows, {"X-Pointsman-Debug", "true"}}), 200);
}

TEST_F(Debug, WhileThereAreNoKeysThisMachineIsTold) {
  start({{works}});
  expect_told(post(request, {asks}), 200);
  // A proxy on this machine says for whom it asks.
  for (const auto* name : {"X-Forwarded-For", "Forwarded", "Via"}) expect_not_told(post(request, {asks, {name, "x"}}));
}

TEST_F(Debug, TellsOfARequestThatWasMoved) {
  start({{fails}, {works}}, keys);
  const auto response = post(request, {knows, asks});
  expect_told(response, 200);
  EXPECT_EQ(response.field("x-pointsman-endpoint"), "b");
  EXPECT_THAT(decision(response), StartsWith(chosen_a + " | not b: lower priority (1, after 0) | a answered 503 | "
                                                        "chosen: b (it offers the API "));
}

TEST_F(Debug, TellsOfAnEndpointThatIsGone) {
  start({{works}, {works}}, keys);
  upstreams_.pop_front();
  const auto response = post(request, {knows, asks});
  expect_told(response, 200);
  EXPECT_THAT(decision(response), HasSubstr(" | a failed (unreachable) | chosen: b ("));
}

TEST_F(Debug, TellsOfAFallback) {
  start({{fails, "", {"big"}}, {works, "", {"small"}}}, keys + "models: {fallbacks: {big: [small]}}\n");
  const auto response = post(R"({"model":"big","messages":[]})", {knows, asks});
  expect_told(response, 200);
  EXPECT_THAT(decision(response),
              StartsWith(chosen_a + " | a answered 503 | fallback: the model small | chosen: b (it offers the API "));
}

TEST_F(Debug, TellsWithAnAnswerThatWasHeldBack) {
  start({{json(503, "held")}, {works}}, keys);
  upstreams_.pop_back();
  const auto response = post(request, {knows, asks});
  expect_told(response, 503);
  EXPECT_EQ(response.body, "held");
  EXPECT_THAT(decision(response), HasSubstr("answered with what a said"));
}

TEST_F(Debug, TellsWhyNobodyAnswers) {
  start({{works}, {works, "", {"n"}}}, keys);
  const auto unknown = post(R"({"model":"big"})", {runs_it, asks});
  expect_told(unknown, 404);
  EXPECT_TRUE(is_own_error(unknown, 404, "model_not_found"));
  EXPECT_EQ(decision(unknown),
            "refused: model_not_found | not a: it does not list the model | not b: it does not list the model");
  // What the key may not use it hears nothing of.
  const auto forbidden = post(R"({"model":"n"})", {knows, asks});
  expect_told(forbidden, 403);
  EXPECT_EQ(decision(forbidden), "refused: model_not_allowed");

  upstreams_.clear();
  const auto failed = post(request, {knows, asks});
  expect_told(failed, 502);
  EXPECT_THAT(decision(failed), AllOf(StartsWith(chosen_a), HasSubstr(" | a failed (unreachable)")));
}

// Of endpoints that have nothing for it, a key that may use some models only hears nothing.
TEST_F(Debug, NamesOnlyEndpointsOfTheModelsThatTheKeyMayUse) {
  start({{works}, {works, "", {"n"}}}, keys);
  const auto misspelled = post(R"({"model":"big"})", {knows, asks});
  expect_told(misspelled, 404);
  EXPECT_EQ(decision(misspelled), "refused: model_not_found");

  const auto embed = [&](const Header& key) {
    return decision(ask(gateway_->port(), "POST", "/v1/embeddings", R"({"model":"m","input":"x"})", {key, asks}));
  };
  const std::string not_offered = "refused: unsupported_api | not a: it does not offer the API for this model (";
  EXPECT_THAT(embed(runs_it), AllOf(StartsWith(not_offered), HasSubstr(" | not b: it does not list the model")));
  EXPECT_THAT(embed(knows), AllOf(StartsWith(not_offered), Not(HasSubstr("not b"))));
}

TEST_F(Debug, TellsOfWaitingInTheQueue) {
  demo::Gate gate;
  const Script held = [gate](Conversation& conversation) -> boost::asio::awaitable<void> {
    co_await conversation.wait(gate);
    co_await conversation.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}");
  };
  start({{held, "max_concurrent: 1"}}, keys);
  const std::string head = "POST /v1/chat/completions HTTP/1.1\r\nHost: x\r\n" + knows.name + ": " + knows.value +
                           "\r\nx-pointsman-debug: 1\r\nContent-Length: " + std::to_string(request.size()) + "\r\n\r\n";
  RawClient first(gateway_->port());
  first.send(head + request);
  ASSERT_TRUE(eventually([&] { return requests('a') == 1; }));
  RawClient second(gateway_->port());
  second.send(head + request);
  ASSERT_TRUE(gateway_->shows("pointsman_queue_waiting 1"));
  gate.open();
  expect_told(first.read_response(), 200);
  const auto response = second.read_response();
  expect_told(response, 200);
  EXPECT_THAT(decision(response), MatchesRegex("waited [0-9]+ ms for a place \\| chosen: a .*"));
}

TEST_F(Debug, TellsWithAStream) {
  start({{sse({"data: {}\n\n", "data: [DONE]\n\n"})}}, keys);
  const auto response = post(R"({"model":"m","stream":true})", {knows, asks});
  expect_told(response, 200);
  EXPECT_EQ(decision(response), chosen_a);
  EXPECT_EQ(response.body, "data: {}\n\ndata: [DONE]\n\n");
}

TEST_F(Debug, TellsWithOurOwnAnswers) {
  start({{works}}, keys);
  const auto models = ask(gateway_->port(), "GET", "/v1/models", "", {knows, asks});
  expect_told(models, 200);
  EXPECT_EQ(decision(models), "");
}

}  // namespace
}  // namespace pointsman::test
