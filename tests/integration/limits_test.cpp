#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <nlohmann/json.hpp>
#include <string>
#include <thread>
#include <vector>

#include "support/behind_gateway.hpp"
#include "support/configuration.hpp"
#include "support/eventually.hpp"
#include "support/key_command.hpp"
#include "support/own_answer.hpp"
#include "support/websocket.hpp"
#include "support/wire.hpp"

// What keys may take, and what clients are told of it.
namespace pointsman::test {
namespace {

using boost::asio::awaitable;
using demo::Header;
using testing::HasSubstr;
using testing::Not;
using Json = nlohmann::json;

const std::string chat = "POST /v1/chat/completions";
const std::string body = R"({"model":"m","messages":[]})";

std::string usage(int input, int output) {
  return R"({"usage":{"prompt_tokens":)" + std::to_string(input) + R"(,"completion_tokens":)" + std::to_string(output) +
         "}}";
}

std::vector<Header> with(const std::string& key) { return {{"Authorization", "Bearer " + key}}; }

// Two keys: `team` with these limits, and `other` without any.
std::string keys(const std::string& limits) {
  return "access:\n  keys:\n    - {name: team, key: team-key, limits: {" + limits +
         "}}\n    - {name: other, key: other-key}\n";
}

class Limits : public BehindGateway {
 protected:
  Response post(const std::string& content = body, const std::string& key = "team-key") const {
    return ask(port(), "POST", "/v1/chat/completions", content, with(key));
  }
};

testing::AssertionResult is_limited(const Response& response) {
  return is_own_error(response, 429, "rate_limit_exceeded");
}

TEST_F(Limits, RequestsAMinute) {
  start({{chat, json(200, "{}")}}, {.file = keys("rpm: 2")});
  const auto first = post();
  EXPECT_EQ(first.status(), 200);
  EXPECT_EQ(first.field("x-ratelimit-limit-requests"), "2");
  EXPECT_EQ(first.field("x-ratelimit-remaining-requests"), "1");
  EXPECT_EQ(first.field("x-ratelimit-reset-requests"), "1m0s");
  EXPECT_EQ(first.header("x-ratelimit-limit-tokens"), nullptr);
  EXPECT_EQ(post().field("x-ratelimit-remaining-requests"), "0");

  const auto denied = post();
  EXPECT_TRUE(is_limited(denied));
  EXPECT_THAT(message_of(denied), HasSubstr("The key 'team' has reached its limit of 2 requests a minute. Try again"));
  const auto seconds = std::stol(denied.field("Retry-After"));
  const auto milliseconds = std::stol(denied.field("retry-after-ms"));
  EXPECT_GT(seconds, 0);
  EXPECT_LE(seconds, 60);
  EXPECT_EQ(seconds, (milliseconds + 999) / 1000);
  EXPECT_EQ(denied.field("x-ratelimit-limit-requests"), "2");
  EXPECT_EQ(denied.field("x-ratelimit-remaining-requests"), "0");

  const auto other = post(body, "other-key");
  EXPECT_EQ(other.status(), 200);
  EXPECT_EQ(other.header("x-ratelimit-limit-requests"), nullptr);
  EXPECT_EQ(requests_upstream(), 3u);
  EXPECT_TRUE(gateway_->shows("pointsman_limited_total{limit=\"rpm\"} 1"));
  EXPECT_TRUE(gateway_->says(R"("ended":"refused","origin":"client","cause":"rate_limit_exceeded")"));
}

TEST_F(Limits, WhatIsRefusedForAnotherReasonTakesNothing) {
  start({{chat, json(200, "{}")}}, {.file = keys("rpm: 1")});
  EXPECT_EQ(post("{").status(), 400);
  EXPECT_EQ(post("{}").status(), 400);
  EXPECT_EQ(ask(port(), "GET", "/v1/models", "", with("team-key")).status(), 200);
  EXPECT_EQ(post().status(), 200);
  EXPECT_TRUE(is_limited(post()));
}

TEST_F(Limits, AnthropicsRoutesSayItInItsWords) {
  start({{"POST /v1/messages", json(200, "{}")}}, {.file = keys("rpm: 1")});
  const auto send = [&] {
    return ask(port(), "POST", "/v1/messages", R"({"model":"m","max_tokens":5,"messages":[]})", with("team-key"));
  };
  EXPECT_EQ(send().status(), 200);
  const auto denied = send();
  EXPECT_EQ(denied.status(), 429);
  EXPECT_EQ(Json::parse(denied.body).at("error").at("type"), "rate_limit_error");
  EXPECT_NE(denied.header("Retry-After"), nullptr);
}

TEST_F(Limits, WhatTheEndpointSaysOfItsOwnSurvives) {
  start({{chat, json(200, "{}", {{"X-RateLimit-Remaining-Requests", "7"}})}}, {.file = keys("rpm: 5, tpm: 1000")});
  const auto answer = post();
  EXPECT_EQ(answer.field("x-ratelimit-remaining-requests"), "7");
  EXPECT_EQ(answer.header("x-ratelimit-limit-requests"), nullptr);
  EXPECT_EQ(answer.header("x-ratelimit-limit-tokens"), nullptr);
}

TEST_F(Limits, HoldOverAllWorkersTogether) {
  start({{chat, json(200, "{}")}}, {.file = "workers: 3\n" + keys("rpm: 25")});
  std::atomic<int> passed{0};
  std::atomic<int> denied{0};
  std::vector<std::thread> clients;
  for (int i = 0; i < 8; ++i) {
    clients.emplace_back([&] {
      for (int n = 0; n < 10; ++n) {
        const int status = post().status();
        if (status == 200) ++passed;
        if (status == 429) ++denied;
      }
    });
  }
  for (auto& client : clients) client.join();
  EXPECT_EQ(passed, 25);
  EXPECT_EQ(denied, 55);
}

TEST_F(Limits, TokensAreEstimatedAndThenSettled) {
  start({{chat, json(200, usage(7, 5))}}, {.file = keys("tpm: 1000")});
  const std::string long_one = R"({"model":"m","max_tokens":900})";  // 30 bytes
  const auto first = post(long_one);
  EXPECT_EQ(first.field("x-ratelimit-limit-tokens"), "1000");
  EXPECT_EQ(first.field("x-ratelimit-remaining-tokens"), std::to_string(1000 - 900 - 30 / 4));
  EXPECT_TRUE(eventually([&] {
    const auto next = post(long_one);
    return next.status() == 200 && next.field("x-ratelimit-remaining-tokens") == std::to_string(1000 - 12 - 907);
  }));
}

TEST_F(Limits, ARequestThatToldNoUsageKeepsItsEstimate) {
  start({{chat, json(200, "{}")}}, {.file = keys("tpm: 1000")});
  EXPECT_EQ(post(R"({"model":"m","max_tokens":900})").status(), 200);
  const auto denied = post(R"({"model":"m","max_tokens":900})");
  EXPECT_TRUE(is_limited(denied));
  EXPECT_THAT(message_of(denied), HasSubstr("1000 tokens a minute"));
  EXPECT_EQ(post(R"({"model":"m","max_tokens":9})").status(), 200);
}

TEST_F(Limits, AFailedRequestTakesNoTokens) {
  start({{chat, json(500, "{}")}}, {.file = keys("tpm: 1000")});
  // They are given back when the request has ended, which is after its answer.
  const auto is_answered = [&](const std::string& model, int status) {
    const std::string body = R"({"model":")" + model + R"(","max_tokens":900})";
    return eventually([&] { return post(body).status() == status; });
  };
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(is_answered("m", 500));
  EXPECT_TRUE(is_answered("nothing", 404));
  EXPECT_TRUE(is_answered("m", 500));
}

TEST_F(Limits, MoreThanWasEstimatedIsTakenNevertheless) {
  start({{chat, json(200, usage(4'000, 1))}}, {.file = keys("tpm: 1000")});
  EXPECT_EQ(post().status(), 200);
  EXPECT_TRUE(eventually([&] { return post().status() == 429; }));
}

TEST_F(Limits, ModelsHaveLimitsOfTheirOwn) {
  start({{chat, json(200, "{}")}},
        {.file = keys("rpm: 10, models: {\"big*\": {rpm: 1}}"), .models = {"big-1", "big-2", "small"}});
  const auto ask_for = [&](const std::string& model) { return post(R"({"model":")" + model + R"("})"); };
  EXPECT_EQ(ask_for("big-1").status(), 200);
  const auto denied = ask_for("big-2");
  EXPECT_TRUE(is_limited(denied));
  EXPECT_THAT(message_of(denied), HasSubstr("1 requests a minute with the models 'big*'"));
  EXPECT_EQ(ask_for("small").status(), 200);
}

// --- places

// A request of `team` is let in again, however the one before ended.
class Places : public Limits {
 protected:
  void begin(Script script, const std::string& of_endpoint = "", const std::string& file = "") {
    start({{chat,
            [this, script = std::move(script)](Conversation& conversation) -> awaitable<void> {
              if (!plain_) {
                co_await script(conversation);
              } else {
                co_await json(200, "{}")(conversation);
              }
            }}},
          {.file = file + keys("concurrent: 1"), .of_endpoint = of_endpoint});
  }
  // Whole at once, from then on.
  bool lets_in_again() {
    plain_ = true;
    return eventually([&] { return post().status() == 200; });
  }
  static std::string request(const std::string& content = body) {
    return "POST /v1/chat/completions HTTP/1.1\r\nHost: g\r\nAuthorization: Bearer team-key\r\n"
           "Content-Type: application/json\r\nContent-Length: " +
           std::to_string(content.size()) + "\r\n\r\n" + content;
  }

  std::atomic<bool> plain_{false};
};

Script hangs(const std::string& sent) {
  return [sent](Conversation& conversation) -> awaitable<void> {
    if (!sent.empty()) co_await conversation.send(sent);
    co_await conversation.until_client_leaves();
  };
}

const std::string stream_head =
    "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n";

TEST_F(Places, AreTakenForAsLongAsAnAnswerStreams) {
  begin(hangs(stream_head + chunk("data: {}\n\n")));
  RawClient client(port());
  client.send(request());
  EXPECT_THAT(client.read_some(), HasSubstr("200 OK"));
  const auto denied = post();
  EXPECT_TRUE(is_limited(denied));
  EXPECT_EQ(denied.field("Retry-After"), "1");
  EXPECT_THAT(message_of(denied), HasSubstr("1 requests at once"));
  EXPECT_TRUE(gateway_->shows("pointsman_limited_total{limit=\"concurrent\"} 1"));
  EXPECT_EQ(post("{").status(), 400);  // is not asked
  client.close();
  EXPECT_TRUE(lets_in_again());
}

TEST_F(Places, AreGivenBackWhenTheClientLeavesInAnyPhase) {
  for (const auto& sent :
       {std::string(), std::string("HTTP/1.1 200 OK\r\nContent-"), stream_head, stream_head + chunk("data: {}\n\n")}) {
    for (const bool by_reset : {false, true}) {
      SCOPED_TRACE(sent);
      plain_ = false;
      begin(hangs(sent));
      RawClient client(port());
      client.send(request());
      ASSERT_TRUE(eventually([&] { return requests_upstream() == 1; }));
      EXPECT_TRUE(is_limited(post()));
      by_reset ? client.reset() : client.close();
      EXPECT_TRUE(lets_in_again());
    }
  }
}

TEST_F(Places, AreGivenBackWhenTheEndpointFails) {
  const auto cut = [](const std::string& sent) -> Script {
    return [sent](Conversation& conversation) -> awaitable<void> {
      if (!sent.empty()) co_await conversation.send(sent);
      conversation.reset();
    };
  };
  const Script table[] = {cut(""),
                          cut("HTTP/1.1 200 OK\r\nContent-"),
                          cut(stream_head),
                          cut(stream_head + chunk("data: {}\n\n")),
                          cut("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{"),
                          bytes("nonsense\r\n\r\n"),
                          json(400, "{}"),
                          json(500, "{}"),
                          json(404, "{}"),
                          json(200, "{}")};
  for (std::size_t i = 0; i < std::size(table); ++i) {
    SCOPED_TRACE(i);
    plain_ = false;
    begin(table[i]);
    RawClient client(port());
    client.send(request());
    client.read_some();
    EXPECT_TRUE(lets_in_again());
  }
}

TEST_F(Places, AreGivenBackWhenTimeIsOver) {
  for (const auto& sent : {std::string(), stream_head + chunk("data: {}\n\n")}) {
    plain_ = false;
    begin(hangs(sent), "timeouts: {first_byte: 200ms, idle: 200ms}");
    RawClient client(port());
    client.send(request());
    EXPECT_THAT(client.read_some(), HasSubstr("HTTP/1.1"));
    EXPECT_TRUE(lets_in_again());
  }
}

TEST_F(Places, AreGivenBackByWhoeverWaitsForOneAtAnEndpoint) {
  begin(hangs(""), "max_concurrent: 1", "queue: {wait: 200ms}\n");
  RawClient other(port());
  std::string others = request();
  others.replace(others.find("team-key"), 8, "other-key");
  other.send(others);
  ASSERT_TRUE(eventually([&] { return requests_upstream() == 1; }));
  EXPECT_EQ(post().status(), 503);  // waited in vain
  {
    RawClient client(port());
    client.send(request());
    client.close();
  }
  other.close();
  EXPECT_TRUE(lets_in_again());
}

TEST_F(Places, AreNotTakenByWhatIsRefused) {
  begin(json(200, "{}"));
  for (const auto* refused : {"{", "{}", R"({"model":"nothing"})"}) EXPECT_GE(post(refused).status(), 400);
  EXPECT_TRUE(lets_in_again());
}

// --- WebSocket

class LimitsOfWebSocket : public Limits {
 protected:
  void begin(const std::string& limits) {
    start({{"GET /v1/responses", websocket(echo_frames())}, {"GET /v1/realtime", websocket(echo_frames())}},
          {.file = keys(limits), .of_endpoint = "apis: {responses_websocket: true, realtime: true}"});
  }
};

constexpr const char* authorization = "Authorization: Bearer team-key\r\n";
const std::string create = R"({"type":"response.create","model":"m","input":"hello"})";

TEST_F(LimitsOfWebSocket, AConnectionHasAPlaceUntilItEnds) {
  begin("concurrent: 1");
  for (const auto* target : {"/v1/responses", "/v1/realtime?model=m"}) {
    for (const bool says_more : {false, true}) {
      SCOPED_TRACE(target);
      std::optional<WebSocketClient> client;
      ASSERT_TRUE(eventually([&] {
        client.emplace(port(), target, authorization);
        return client->is_open();
      }));
      if (says_more) {
        client->send_text(create);
        EXPECT_TRUE(client->next());
      }
      EXPECT_TRUE(is_limited(WebSocketClient(port(), target, authorization).handshake()));
      if (says_more) {
        client->send(close_with(1000));
        EXPECT_EQ(client->next(), close_with(1000));
      }
    }
  }
}

TEST_F(LimitsOfWebSocket, EachMessageIsARequest) {
  begin("rpm: 2");
  WebSocketClient client(port(), "/v1/responses", authorization);
  ASSERT_TRUE(client.is_open());
  for (int i = 0; i < 2; ++i) {
    client.send_text(create);
    EXPECT_EQ(client.next(), (Frame{text, create}));
  }
  client.send_text(create);
  const auto refused = client.next();
  ASSERT_TRUE(refused);
  const auto event = Json::parse(refused->payload);
  EXPECT_EQ(event.at("type"), "error");
  EXPECT_EQ(event.at("status"), 429);
  EXPECT_EQ(event.at("error").at("code"), "rate_limit_exceeded");
  EXPECT_TRUE(gateway_->shows("pointsman_limited_total{limit=\"rpm\"} 1"));

  // Elsewhere as well.
  EXPECT_TRUE(is_limited(WebSocketClient(port(), "/v1/realtime?model=m", authorization).handshake()));
}

// --- over time

class LimitsOverTime : public Limits {
 protected:
  void run(const std::string& access) {
    gateway_.reset();
    if (!upstream_)
      upstream_.emplace(std::vector<std::string>{"m"}, FakeUpstream::Routes{{chat, json(200, usage(7, 5))}});
    gateway_.emplace(GatewayProcess::Options{file(access), {}, home_.path()});
    gateway_->wait_until_ready();
  }
  std::string file(const std::string& access) const {
    return access + "endpoints:\n" + endpoint("e", upstream_->url());
  }

  TempDirectory home_;
};

TEST_F(LimitsOverTime, ABudgetKnowsWhatWasSpentBeforeTheStart) {
  run(keys("budget: {day: 20}"));
  EXPECT_EQ(post().status(), 200);  // 12 tokens
  EXPECT_EQ(gateway_->stop(), 0);
  run(keys("budget: {day: 20}"));
  EXPECT_EQ(post().status(), 200);
  EXPECT_TRUE(eventually([&] { return post().status() == 429; }));
  EXPECT_EQ(gateway_->stop(), 0);
  run(keys("budget: {day: 20, month: 1000}"));
  const auto denied = post();
  EXPECT_TRUE(is_limited(denied));
  EXPECT_THAT(message_of(denied), HasSubstr("20 tokens a day"));
  EXPECT_EQ(denied.field("x-should-retry"), "false");
  EXPECT_TRUE(gateway_->shows("pointsman_limited_total{limit=\"day\"} 1"));
}

TEST_F(LimitsOverTime, OtherLimitsHoldAtOnceAndWhatWasTakenStands) {
  run(keys("rpm: 2"));
  EXPECT_EQ(post().status(), 200);
  EXPECT_EQ(post().status(), 200);
  EXPECT_TRUE(is_limited(post()));
  gateway_->configure(file(keys("rpm: 3")));
  EXPECT_TRUE(eventually([&] { return post().status() == 200; }));
  EXPECT_TRUE(is_limited(post()));
  gateway_->configure(file(keys("")));
  EXPECT_TRUE(eventually([&] { return post().status() == 200; }));
  EXPECT_EQ(post().header("x-ratelimit-limit-requests"), nullptr);
}

TEST_F(LimitsOverTime, BothSecretsOfARotatedKeyCountTogether) {
  run("");
  const auto path = gateway_->file().string();
  const auto first = token_from("create", path, {"--name", "k", "--rpm", "2"});
  ASSERT_TRUE(eventually([&] { return post(body, first).field("x-ratelimit-limit-requests") == "2"; }));
  const auto second = token_from("rotate", path, {"k", "--grace", "1h"});
  ASSERT_TRUE(eventually([&] { return post(body, second).status() != 401; }));
  EXPECT_TRUE(is_limited(post(body, second)));
  EXPECT_TRUE(is_limited(post(body, first)));
}

// --- who guesses

TEST_F(Limits, WhoeverGuessesKeysIsSlowedAndGoodKeysAreNot) {
  start({{chat, json(200, "{}")}}, {.file = keys("")});
  const auto wrong = [](int number) {
    return "GET /v1/models HTTP/1.1\r\nHost: g\r\nAuthorization: Bearer guess-" + std::to_string(number) + "\r\n\r\n";
  };
  std::vector<std::unique_ptr<RawClient>> guesses;
  const auto began = std::chrono::steady_clock::now();
  const auto passed = [&] { return std::chrono::steady_clock::now() - began; };
  for (int i = 0; i < 90; ++i) {
    guesses.push_back(std::make_unique<RawClient>(port()));
    guesses.back()->send(wrong(i));
  }
  EXPECT_EQ(post().status(), 200);
  EXPECT_EQ(post(body, "other-key").status(), 200);
  for (auto& guess : guesses) EXPECT_EQ(guess->read_response().status(), 401);
  EXPECT_GE(passed(), std::chrono::milliseconds(1'900));

  // One that leaves ends its pause.
  {
    RawClient gone(port());
    gone.send(wrong(90));
    gone.close();
  }
  EXPECT_TRUE(gateway_->says(R"("cause":"client_left")"));
  EXPECT_TRUE(gateway_->shows("pointsman_authentication_failures_total{key=\"wrong\"} 91"));
  EXPECT_TRUE(gateway_->shows("pointsman_authentication_failures_total{key=\"missing\"} 0"));
  EXPECT_EQ(gateway_->stop(), 0);
  EXPECT_THAT(gateway_->process().output(), Not(HasSubstr("guess-")));
}

}  // namespace
}  // namespace pointsman::test
