#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <nlohmann/json.hpp>
#include <utility>

#include "support/configuration.hpp"
#include "support/eventually.hpp"
#include "support/fake_upstream.hpp"
#include "support/gateway_process.hpp"
#include "support/websocket.hpp"

// Responses over WebSocket: what each message of a client may name, and where what it goes on with is kept.
namespace pointsman::test {
namespace {

using boost::asio::awaitable;
using Json = nlohmann::json;

constexpr const char* responses = "/v1/responses";

// Answers each message with a response of its own, and what came.
WebSocketScript keeps_responses(std::string name) {
  return [name, number = std::make_shared<int>(0)](WebSocketPeer& peer) -> awaitable<void> {
    std::string came;
    while (const auto frame = co_await peer.next()) {
      if (frame->opcode == ping) co_await peer.send({pong, frame->payload});
      if (frame->opcode != text && frame->opcode != continuation) continue;
      came += frame->payload;
      if (!frame->final) continue;
      const Json event{{"type", "response.completed"},
                       {"response", {{"id", "resp_" + name + std::to_string(++*number)}}},
                       {"came", std::exchange(came, {})}};
      // An id may stand in any fragment.
      const auto whole = event.dump();
      co_await peer.send({text, whole.substr(0, 20), false});
      co_await peer.send({continuation, whole.substr(20)});
    }
  };
}

// Two endpoints that know one model by two names, and clients with keys.
class WebSocketOwnership : public testing::Test {
 protected:
  void start(const std::string& access = "") {
    for (auto* each : {&a_, &b_}) {
      const std::string name = each == &a_ ? "a" : "b";
      each->emplace(std::vector<std::string>{"real", "other"},
                    FakeUpstream::Routes{{"GET /v1/responses", websocket(keeps_responses(name))}});
    }
    gateway_.emplace(
        "access: {keys: [{name: one, key: sk-one}, {name: two, key: sk-two}, "
        "{name: limited, key: sk-limited, models: [m]}]}\n" +
        access + endpoints());
    gateway_->wait_until_ready(2);
  }
  void TearDown() override {
    gateway_.reset();
    a_.reset();
    b_.reset();
  }

  std::string endpoints() const {
    const std::string more = "apis: {responses_websocket: true}, models: [{id: real, aliases: [m]}, other]";
    return "endpoints:\n" + endpoint("a", a_->url(), more) + endpoint("b", b_->url(), more);
  }

  WebSocketClient client(const std::string& key) const {
    return WebSocketClient(gateway_->port(), responses, "Authorization: Bearer sk-" + key + "\r\n");
  }

  // The whole next message as JSON.
  static Json next(WebSocketClient& client) {
    std::string whole;
    for (auto frame = client.next(); frame; frame = client.next()) {
      whole += frame->payload;
      if (frame->final) break;
    }
    return whole.starts_with('{') ? Json::parse(whole) : Json(whole);
  }
  static Json ask(WebSocketClient& client, const std::string& message) {
    client.send_text(message);
    return next(client);
  }
  static std::string id_of(const Json& event) { return event.at("response").at("id"); }
  static std::string code_of(const Json& event) {
    EXPECT_EQ(event.value("type", ""), "error") << event;
    const auto& code = event.at("error").at("code");
    return code.is_null() ? "" : code.get<std::string>();
  }
  static std::string create(const std::string& more = "") {
    return R"({"type":"response.create","model":"m")" + (more.empty() ? "" : ", " + more) + "}";
  }
  static std::string after(const std::string& id) { return R"("previous_response_id":")" + id + '"'; }

  std::optional<FakeUpstream> a_;
  std::optional<FakeUpstream> b_;
  std::optional<GatewayProcess> gateway_;
};

TEST_F(WebSocketOwnership, AConversationGoesOnOverAnotherConnection) {
  start();
  for (int round = 0; round < 4; ++round) {
    auto first = client("one");
    const auto id = id_of(ask(first, create()));
    auto second = client("one");
    EXPECT_EQ(id_of(ask(second, create(after(id)))).substr(0, 6), id.substr(0, 6)) << "kept there";
    // And so it does by requests.
    auto third = client("two");
    EXPECT_EQ(code_of(ask(third, create(after(id)))), "previous_response_not_found");
  }
}

// Each message is a request of its own.
TEST_F(WebSocketOwnership, AKeyThatIsTakenBackIsRefusedOnTheConnectionThatItOpened) {
  start();
  auto mine = client("one");
  auto other = client("two");
  id_of(ask(mine, create()));
  id_of(ask(other, create()));
  gateway_->configure("access: {keys: [{name: two, key: sk-two, models: [other]}]}\n" + endpoints());
  Json answer;
  EXPECT_TRUE(eventually([&] {
    answer = ask(mine, create());
    return answer.value("type", "") == "error";
  }));
  EXPECT_EQ(code_of(answer), "invalid_api_key");
  EXPECT_EQ(code_of(ask(mine, create())), "invalid_api_key") << "and the connection goes on";
  EXPECT_EQ(code_of(ask(other, create())), "model_not_allowed");
}

TEST_F(WebSocketOwnership, WhatIsAnothersOrElsewhereIsRefusedAndTheConnectionGoesOn) {
  start();
  auto mine = client("one");
  auto same = client("one");
  auto theirs = client("two");
  const auto my_id = id_of(ask(mine, create()));
  auto elsewhere = id_of(ask(same, create()));
  const auto their_id = id_of(ask(theirs, create()));
  ASSERT_NE(my_id.substr(0, 6), elsewhere.substr(0, 6)) << "the two take turns";

  EXPECT_EQ(code_of(ask(mine, create(after(their_id)))), "previous_response_not_found");
  EXPECT_EQ(code_of(ask(mine, create(after("resp_unheard_of")))), "previous_response_not_found");
  EXPECT_EQ(code_of(ask(mine, create(after(elsewhere)))), "kept_elsewhere");
  // In whatever way it is written.
  EXPECT_EQ(code_of(ask(mine, R"({"type":"response.create","response":{"model":"m",)" + after(their_id) + "}}")),
            "previous_response_not_found");
  EXPECT_EQ(code_of(ask(mine, R"({"model":"m","response":{)" + after(their_id) + "}}")), "");
  EXPECT_EQ(code_of(ask(mine, R"({"response":{},"response":{)" + after(their_id) + "}}")), "");
  for (const auto* first : {"null", "0", "\"x\"", "[]"}) {
    EXPECT_EQ(code_of(ask(mine, R"({"model":"m","response":)" + std::string(first) + R"(,"response":{)" +
                                    after(their_id) + "}}")),
              "")
        << first;
  }
  EXPECT_EQ(code_of(ask(mine, R"({"Response":{)" + after(their_id) + "}}")), "");
  EXPECT_EQ(code_of(ask(mine, R"({"model":"hidden",)" + after(their_id) + "}")), "model_elsewhere");
  EXPECT_EQ(code_of(ask(mine, R"({"model":"hidden"})")), "model_elsewhere");
  EXPECT_EQ(code_of(ask(mine, R"({"Previous_Response_Id":")" + their_id + "\"}")), "");
  EXPECT_EQ(code_of(ask(mine, R"({"previous\u005fresponse_id":")" + their_id + "\"}")), "previous_response_not_found");
  EXPECT_EQ(code_of(ask(mine, "no json")), "");

  EXPECT_EQ(id_of(ask(mine, create(after(my_id)))).substr(0, 6), my_id.substr(0, 6));
}

TEST_F(WebSocketOwnership, AKeyUsesOnlyItsModels) {
  start();
  auto first = client("limited");
  EXPECT_EQ(code_of(ask(first, R"({"type":"response.create","model":"other"})")), "model_not_allowed");
  EXPECT_EQ(first.next()->close_code(), 1008);

  auto later = client("limited");
  id_of(ask(later, create()));
  EXPECT_EQ(code_of(ask(later, R"({"type":"response.create","model":"other"})")), "model_not_allowed");
  EXPECT_EQ(code_of(ask(later, R"({"response":{"model":"real"}})")), "model_not_allowed");
  id_of(ask(later, create()));
  auto whole = client("one");
  id_of(ask(whole, create()));
  EXPECT_EQ(ask(whole, R"({"model":"other"})").at("came"), R"({"model":"other"})");
}

TEST_F(WebSocketOwnership, EveryMessageNamesTheModelAsTheEndpointKnowsIt) {
  start();
  auto mine = client("one");
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(ask(mine, R"({ "model" : "m", "x":1})").at("came"), R"({ "model" : "real", "x":1})");
  }
  EXPECT_EQ(ask(mine, R"({"response":{"model":"m"}})").at("came"), R"({"response":{"model":"real"}})");
  EXPECT_EQ(ask(mine, R"({"type":"response.cancel"})").at("came"), R"({"type":"response.cancel"})");
}

TEST_F(WebSocketOwnership, MessagesInPiecesAreJudgedWholeAndPingsGoBetween) {
  start();
  auto mine = client("one");
  id_of(ask(mine, create()));
  mine.send({text, R"({"model":"real",)", false});
  mine.send({ping, "between"});
  const auto answer = mine.next();
  ASSERT_TRUE(answer);
  EXPECT_EQ(*answer, (Frame{pong, "between"}));
  mine.send({continuation, R"("previous_response_id":"resp_b9)", false});
  mine.send({continuation, "\"}"});
  EXPECT_EQ(code_of(next(mine)), "previous_response_not_found");
  mine.send({text, R"({"model":)", false});
  mine.send({continuation, "\"real\"}"});
  EXPECT_EQ(next(mine).at("came"), R"({"model":"real"})");
  mine.send({binary, "{}"});
  EXPECT_EQ(mine.next()->close_code(), 1003);
}

TEST_F(WebSocketOwnership, RefusalsComeBetweenTheMessagesOfTheEndpoint) {
  start();
  auto mine = client("one");
  std::string many = bytes_of({.opcode = text, .payload = create(), .masked = true});
  constexpr int rounds = 50;
  for (int i = 0; i < rounds; ++i) {
    many += bytes_of({.opcode = text, .payload = create(after("resp_none")), .masked = true});
    many += bytes_of({.opcode = text, .payload = create(), .masked = true});
  }
  mine.raw().send(many);
  int errors = 0;
  int completed = 0;
  for (int i = 0; i < 2 * rounds + 1; ++i) (next(mine).at("type") == "error" ? errors : completed) += 1;
  EXPECT_EQ(errors, rounds);
  EXPECT_EQ(completed, rounds + 1);
}

}  // namespace
}  // namespace pointsman::test
