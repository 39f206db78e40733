#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <map>
#include <string>

#include "support/eventually.hpp"
#include "support/own_answer.hpp"
#include "support/several_endpoints.hpp"

// What becomes of a request that an endpoint fails before its answer began.
namespace pointsman::test {
namespace {

using boost::asio::awaitable;
using testing::HasSubstr;
using testing::Not;

const Script works = json(200, "{}");

Script failing(int status, const std::vector<demo::Header>& headers = {}) {
  return json(status, "{\"error\":\"as it is\"}", headers);
}
awaitable<void> resets(Conversation& conversation) {
  conversation.reset();
  co_return;
}
awaitable<void> closes(Conversation& conversation) {
  conversation.close();
  co_return;
}
awaitable<void> says_nothing(Conversation& conversation) { co_await conversation.until_client_leaves(); }
awaitable<void> only_begins(Conversation& conversation) {
  co_await conversation.send(
      "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n");
  co_await conversation.until_client_leaves();
}
// One script for each time, the last one for ever after.
Script in_turn(std::vector<Script> scripts) {
  return [scripts = std::move(scripts),
          next = std::make_shared<std::size_t>(0)](Conversation& conversation) -> awaitable<void> {
    const auto& script = scripts[std::min((*next)++, scripts.size() - 1)];
    co_await script(conversation);
  };
}

const std::string stream_request =
    "POST /v1/chat/completions HTTP/1.1\r\nHost: x\r\nContent-Length: 27\r\n\r\n{\"model\":\"m\",\"stream\":true}";

using Failover = SeveralEndpoints;

TEST_F(Failover, WhatAnotherEndpointMayDoBetterIsMoved) {
  for (const int status : {408, 429, 500, 501, 502, 503, 504, 529}) {
    SCOPED_TRACE(status);
    TearDown();
    start({{failing(status)}, {works}});
    const auto response = post();
    EXPECT_EQ(response.status(), 200);
    EXPECT_EQ(response.field("x-pointsman-endpoint"), "b");
    EXPECT_EQ(response.body, "{}");
    EXPECT_EQ(requests('a'), 1u);
    EXPECT_EQ(upstream('b').requests().at(0).body, R"({"model":"m","messages":[]})");
  }
}

TEST_F(Failover, WhatIsAboutTheRequestIsNot) {
  for (const int status : {400, 401, 403, 404, 409, 413, 422}) {
    SCOPED_TRACE(status);
    TearDown();
    start({{failing(status)}, {works}});
    const auto response = post();
    EXPECT_EQ(response.status(), status);
    EXPECT_EQ(response.body, "{\"error\":\"as it is\"}");
    EXPECT_EQ(requests('b'), 0u);
  }
}

TEST_F(Failover, AnEndpointThatEndsTheConnectionIsReplaced) {
  for (const Script& script : {Script(resets), Script(closes), bytes("no HTTP\r\n\r\n")}) {
    TearDown();
    start({{script}, {works}});
    EXPECT_EQ(answerer(), "b");
    EXPECT_EQ(requests('a'), 1u);
  }
}

TEST_F(Failover, ATimeOutIsMoved) {
  start({{says_nothing, "timeouts: {first_byte: 100ms}"}, {works}});
  EXPECT_EQ(answerer(), "b");
  EXPECT_TRUE(
      upstream('a').server().wait_for([](const auto& seen) { return seen.abandoned == 1; }, Milliseconds(1'000)));
  EXPECT_EQ(gateway_->metric(R"(pointsman_attempts_moved_total{reason="timeout"})"), "1");
}

TEST_F(Failover, NothingIsTriedAgainOnceTheAnswerBegan) {
  start({{[](Conversation& conversation) -> awaitable<void> {
           co_await conversation.send("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n12345");
           conversation.close();
         }},
         {works}});
  const auto response = post();
  EXPECT_FALSE(response.complete);
  EXPECT_EQ(requests('b'), 0u);
}

TEST_F(Failover, TriesNoMoreEndpointsThanTheFileSays) {
  start({{failing(500)}, {failing(502)}, {failing(504)}, {works}});
  const auto response = post();
  EXPECT_EQ(response.status(), 504);
  EXPECT_EQ(response.field("x-pointsman-endpoint"), "c");
  EXPECT_EQ(requests('d'), 0u);

  TearDown();
  start({{failing(500)}, {works}}, "routing: {attempts: 1}\n");
  EXPECT_EQ(post().status(), 500);
  EXPECT_EQ(requests('b'), 0u);
}

TEST_F(Failover, TheClientSeesTheLastAnswerAsItIs) {
  const std::string error = "{ \"error\" :{\"message\":\"gr\\u00fc\xc3\x9f\"} }\n";
  start({{failing(502)}, {json(503, error, {{"Retry-After", "77"}, {"x-request-id", "theirs"}})}});
  const auto response = post();
  EXPECT_EQ(response.start_line, "HTTP/1.1 503 Scripted");
  EXPECT_EQ(response.body, error);
  EXPECT_EQ(response.field("Retry-After"), "77");
  EXPECT_EQ(response.field("x-request-id"), "theirs");
  EXPECT_EQ(response.field("x-pointsman-endpoint"), "b");
}

TEST_F(Failover, AnAnswerIsBetterThanNone) {
  const std::string error = "{ \"error\" :{\"message\":\"gr\\u00fc\xc3\x9f\"} }\n";
  start({{json(502, error, {{"x-request-id", "theirs"}, {"Retry-After", "77"}})}, {resets}},
        "routing: {attempts: 2}\n");
  const auto response = post();
  EXPECT_EQ(response.start_line, "HTTP/1.1 502 Scripted");
  EXPECT_EQ(response.body, error);
  const std::vector<demo::Header> expected{{"Content-Type", "application/json"},
                                           {"Retry-After", "77"},
                                           {"x-request-id", "theirs"},
                                           {"x-pointsman-endpoint", "a"},
                                           {"Content-Length", std::to_string(error.size())},
                                           {"Connection", "close"}};
  EXPECT_THAT(response.headers, testing::UnorderedElementsAreArray(expected));
}

TEST_F(Failover, AnAnswerThatAResetCutIsNone) {
  start({{[](Conversation& conversation) -> awaitable<void> {
           co_await conversation.send(
               "HTTP/1.1 500 Internal Server Error\r\nConnection: close\r\n\r\n{\"error\":{\"mess");
           co_await conversation.pause(Milliseconds(20));
           conversation.reset();
         }},
         {[](Conversation& conversation) -> awaitable<void> {
           conversation.reset();
           co_return;
         }}});
  const auto response = post();
  EXPECT_EQ(response.status(), 502);
  EXPECT_EQ(response.body.find("mess\""), std::string::npos) << response.body;
}

TEST_F(Failover, AnAnswerThatWasMovedLeavesItsConnectionForTheNext) {
  start({{in_turn({failing(500), works})}, {works}});
  EXPECT_EQ(answerer(), "b");
  EXPECT_EQ(answerer(), "a");
  // One for the requests; the probes have their own.
  EXPECT_EQ(upstream('a').requests().size(), 2u);
  EXPECT_TRUE(eventually([&] { return upstream('a').server().seen().open >= 1; }));
  EXPECT_EQ(gateway_->metric(R"(pointsman_attempts_moved_total{reason="error"})"), "1");
}

TEST_F(Failover, ALargeErrorIsNotWaitedFor) {
  const Script endless = [](Conversation& conversation) -> awaitable<void> {
    co_await conversation.send("HTTP/1.1 500 X\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n");
    co_await conversation.until_client_leaves();
  };
  start(
      {{endless}, {bytes("HTTP/1.1 500 X\r\nContent-Length: 1000000\r\n\r\n" + std::string(1'000'000, 'x'))}, {works}});
  EXPECT_EQ(answerer(), "c");
  EXPECT_TRUE(
      upstream('a').server().wait_for([](const auto& seen) { return seen.abandoned == 1; }, Milliseconds(1'000)));
}

TEST_F(Failover, AFailureThatWasMovedCountsAndIsLogged) {
  start({{failing(429)}, {works}});
  EXPECT_EQ(answerer(), "b");
  EXPECT_EQ(gateway_->metric(R"(pointsman_attempts_moved_total{reason="busy"})"), "1");
  EXPECT_EQ(gateway_->metric(R"(pointsman_attempts_retried_total)"), "0");
  EXPECT_TRUE(gateway_->says(R"("attempts":2)"));
}

TEST_F(Failover, OneEndpointIsAskedOnceMore) {
  for (const Script& first : {failing(500), Script(resets), Script(closes)}) {
    TearDown();
    start({{in_turn({first, works})}});
    EXPECT_EQ(answerer(), "a");
    EXPECT_EQ(requests('a'), 2u);
    EXPECT_TRUE(gateway_->shows("pointsman_attempts_retried_total 1"));
  }
}

TEST_F(Failover, AndThenItsAnswerStands) {
  start({{failing(500)}});
  const auto response = post();
  EXPECT_EQ(response.status(), 500);
  EXPECT_EQ(response.body, "{\"error\":\"as it is\"}");
  EXPECT_EQ(requests('a'), 2u);
}

TEST_F(Failover, AShortPauseThatItAsksForIsWaitedFor) {
  for (const int status : {429, 503, 500}) {
    TearDown();
    start(
        {{in_turn({failing(status, {{"Retry-After", "0.05"}}), failing(status, {{"retry-after-ms", "10"}}), works})}});
    EXPECT_EQ(answerer(), "a") << status;
    EXPECT_EQ(requests('a'), 3u);
  }
}

TEST_F(Failover, ALongOneIsNot) {
  start({{failing(429, {{"Retry-After", "3"}})}});
  EXPECT_EQ(post().status(), 429);
  EXPECT_EQ(requests('a'), 1u);

  TearDown();
  start({{failing(429, {{"Retry-After", "0"}})}}, "routing: {retry_after: off}\n");
  EXPECT_EQ(post().status(), 429);
  EXPECT_EQ(requests('a'), 1u);
}

TEST_F(Failover, APauseMayEndAtADate) {
  start({{in_turn({failing(429, {{"Retry-After", "Sun Nov  6 08:49:37 1994"}}), works})}});
  EXPECT_EQ(answerer(), "a") << "it is over";
  EXPECT_EQ(requests('a'), 2u);

  TearDown();
  start({{failing(429, {{"Retry-After", "Fri, 31 Dec 9999 23:59:59 GMT"}})}});
  EXPECT_EQ(post().status(), 429);
  EXPECT_EQ(requests('a'), 1u);
}

TEST_F(Failover, AClientThatLeavesEndsThePauseAtOnce) {
  start({{failing(429, {{"Retry-After", "60"}})}}, "routing: {retry_after: 1m}\n");
  {
    RawClient client(gateway_->port());
    client.send(
        "POST /v1/chat/completions HTTP/1.1\r\nHost: x\r\nContent-Length: 27\r\n\r\n{\"model\":\"m\",\"messages\":[]}");
    ASSERT_TRUE(gateway_->shows("pointsman_attempts_retried_total 1"));
  }
  EXPECT_TRUE(gateway_->says(R"("cause":"client_left")"));
  EXPECT_EQ(requests('a'), 1u);
}

TEST_F(Failover, AnOutageIsNotMultiplied) {
  start({{failing(500)}, {failing(500)}, {failing(500)}});
  constexpr int count = 200;
  for (int i = 0; i < count; ++i) EXPECT_EQ(post().status(), 500);
  const auto all = requests('a') + requests('b') + requests('c');
  // A fifth more, the ten that a quiet model has, and one for each second that this took.
  EXPECT_GE(all, count + 40u);
  EXPECT_LE(all, count + 40u + 10u + 30u);
}

TEST_F(Failover, ABackgroundRequestIsComputedOnce) {
  start({{failing(500)}, {works}});
  EXPECT_EQ(post(R"({"model":"m","background":true})").status(), 500);
  EXPECT_EQ(requests('a'), 1u);
  EXPECT_EQ(requests('b'), 0u);
}

TEST_F(Failover, WhatGoesOnWithSomethingThatAnEndpointKeepsStaysThere) {
  for (const Script& failure : {failing(500), failing(429, {{"Retry-After", "0"}}), bytes("no HTTP\r\n\r\n")}) {
    TearDown();
    start({{in_turn({json(200, R"({"id":"resp_1","object":"response"})"), failure, works})}, {works}});
    const auto respond = [&](const std::string& body) { return ask(gateway_->port(), "POST", "/v1/responses", body); };
    ASSERT_EQ(respond(R"({"model":"m"})").field("x-pointsman-endpoint"), "a");
    EXPECT_GE(respond(R"({"model":"m","previous_response_id":"resp_1"})").status(), 429);
    EXPECT_EQ(requests('a'), 2u);
    EXPECT_EQ(requests('b'), 0u);
  }
}

TEST_F(Failover, WhatOneMayTakeOverStillTakesTurns) {
  start({{works, "priority: 0"}, {works, "priority: 0"}}, "routing: {failover_after: 5s}\n");
  std::map<std::string, int> answerers;
  for (int i = 0; i < 8; ++i) ++answerers[answerer()];
  EXPECT_EQ(answerers["a"], 4);
  EXPECT_EQ(answerers["b"], 4);
}

TEST_F(Failover, ASilentEndpointIsLeftForAnotherWhereTheFileSaysSo) {
  start({{says_nothing}, {works}}, "routing: {failover_after: 100ms}\n");
  EXPECT_EQ(answerer(), "b");
  EXPECT_TRUE(
      upstream('a').server().wait_for([](const auto& seen) { return seen.abandoned == 1; }, Milliseconds(1'000)));
  EXPECT_EQ(gateway_->metric(R"(pointsman_attempts_moved_total{reason="silent"})"), "1");
}

TEST_F(Failover, OrWhereItSaysSoOfTheEndpoint) {
  start({{says_nothing, "timeouts: {failover_after: 100ms}"}, {works}});
  EXPECT_EQ(answerer(), "b");
}

TEST_F(Failover, AStreamWithoutAnEventIsSilentToo) {
  start({{only_begins}, {sse({"data: 1\n\n"})}}, "routing: {failover_after: 100ms}\n");
  const auto response = post(R"({"model":"m","stream":true})");
  EXPECT_EQ(response.status(), 200);
  EXPECT_EQ(response.field("x-pointsman-endpoint"), "b");
  EXPECT_EQ(response.body, "data: 1\n\n");
}

TEST_F(Failover, WhileNoOtherHasAPlaceASilentOneIsWaitedForUntilOneHas) {
  for (const Script& silent : {Script(says_nothing), Script(only_begins)}) {
    TearDown();
    demo::Gate gate;
    const Script late = [gate](Conversation& conversation) -> awaitable<void> {
      co_await conversation.wait(gate);
      co_await conversation.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}");
    };
    start({{silent, "", {"m", "other"}}, {late, "max_concurrent: 1"}, {works, "", {"other"}}},
          "routing: {failover_after: 100ms}\n");
    RawClient first(gateway_->port());
    first.send(stream_request);
    ASSERT_TRUE(eventually([&] { return requests('b') == 1; }));
    RawClient second(gateway_->port());
    second.send(stream_request);
    ASSERT_TRUE(eventually([&] { return requests('a') == 2; }));
    // One that came later was moved meanwhile.
    EXPECT_EQ(post(R"({"model":"other","stream":true})").field("x-pointsman-endpoint"), "c");
    gate.open();
    EXPECT_EQ(first.read_response().field("x-pointsman-endpoint"), "b");
    EXPECT_EQ(second.read_response().field("x-pointsman-endpoint"), "b");
    EXPECT_EQ(gateway_->metric(R"(pointsman_attempts_moved_total{reason="silent"})"), "3");
    EXPECT_TRUE(gateway_->says(R"("failed_at":"a")"));
  }
}

TEST_F(Failover, OrUntilOneComesUp) {
  const auto& a = upstreams_.emplace_back(std::vector<std::string>{"m"},
                                          FakeUpstream::Routes{{"POST /v1/chat/completions", says_nothing}});
  const auto& b = upstreams_.emplace_back(std::vector<std::string>{"m"},
                                          FakeUpstream::Routes{{"POST /v1/chat/completions", works}});
  const std::string file = "workers: 1\nprobe: {interval: 1h}\nrouting: {failover_after: 100ms}\nendpoints:\n";
  gateway_.emplace(file + endpoint("b", "http://127.0.0.1:1") + endpoint("a", a.url()));
  gateway_->wait_until_ready(1);
  RawClient client(gateway_->port());
  client.send(stream_request);
  ASSERT_TRUE(eventually([&] { return requests('a') == 1; }));
  // What it was sent to need not be there any more.
  gateway_->configure(file + endpoint("b", b.url()));
  EXPECT_EQ(client.read_response().field("x-pointsman-endpoint"), "b");
  EXPECT_TRUE(
      upstream('a').server().wait_for([](const auto& seen) { return seen.abandoned == 1; }, Milliseconds(1'000)));
}

TEST_F(Failover, AStreamThatOnlyBeginsIsHeldNoLongerThanItMayPause) {
  start({{failing(500)}, {only_begins, "timeouts: {idle: 300ms}"}}, "routing: {failover_after: 100ms}\n");
  const auto response = post(R"({"model":"m","stream":true})");
  EXPECT_EQ(response.status(), 500);
  EXPECT_EQ(response.body, "{\"error\":\"as it is\"}");
}

TEST_F(Failover, TheOnlyEndpointIsWaitedFor) {
  demo::Gate gate;
  const Script late = [gate](Conversation& conversation) -> awaitable<void> {
    co_await conversation.wait(gate);
    co_await conversation.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}");
  };
  start({{late}, {says_nothing}}, "routing: {failover_after: 100ms}\n");
  // `b` was tried, and there is no other one left: it has all the time that its limit gives it.
  RawClient client(gateway_->port());
  client.send("POST /v1/chat/completions HTTP/1.1\r\nHost: x\r\nContent-Length: 13\r\n\r\n{\"model\":\"m\"}");
  EXPECT_TRUE(eventually([&] { return requests('b') == 1; }));
  EXPECT_EQ(requests('a'), 1u);
}

}  // namespace
}  // namespace pointsman::test
