#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "support/configuration.hpp"
#include "support/eventually.hpp"
#include "support/key_command.hpp"
#include "support/limited_keys.hpp"
#include "support/websocket.hpp"

// What keys may take, and what clients are told of it.
namespace pointsman::test {
namespace {

using testing::HasSubstr;
using Json = nlohmann::json;

std::string usage(int input, int output) {
  return R"({"usage":{"prompt_tokens":)" + std::to_string(input) + R"(,"completion_tokens":)" + std::to_string(output) +
         "}}";
}

using Limits = LimitedKeys;

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
  const auto first = token_from("create", path, {"--name", "k", "--rpm", "2", "--wait"});
  EXPECT_EQ(post(body, first).status(), 200);
  const auto second = token_from("rotate", path, {"k", "--grace", "1h", "--wait"});
  EXPECT_EQ(post(body, second).status(), 200);
  EXPECT_TRUE(is_limited(post(body, second)));
  EXPECT_TRUE(is_limited(post(body, first)));
}

}  // namespace
}  // namespace pointsman::test
