#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "support/deflating.hpp"
#include "support/eventually.hpp"
#include "support/limited_keys.hpp"
#include "support/websocket.hpp"

// What keys take of their limits where it becomes known late: over WebSocket, and of responses in the background.
namespace pointsman::test {
namespace {

using boost::asio::awaitable;
using Json = nlohmann::json;

constexpr const char* authorization = "Authorization: Bearer team-key\r\n";

using TokensKnownLate = LimitedKeys;

// An endpoint that answers each message with what it says itself: {"answer": [EVENT...]}, or not at all.
WebSocketScript answers_as_told() {
  return [](WebSocketPeer& peer) -> awaitable<void> {
    while (const auto frame = co_await peer.next()) {
      if (frame->opcode != text) continue;
      for (const auto& event : Json::parse(frame->payload).value("answer", Json::array())) {
        co_await peer.send({text, event.dump()});
      }
    }
  };
}

class TokensOverWebSocket : public TokensKnownLate {
 protected:
  void begin(const std::string& limits) {
    start({{"GET /v1/responses", websocket(answers_as_told())},
           {"GET /v1/realtime", websocket(answers_as_told())},
           {chat, json(200, "{}")}},
          {.file = keys(limits), .of_endpoint = "apis: {responses_websocket: true, realtime: true}"});
  }
  WebSocketClient client(const std::string& target = "/v1/responses") const {
    return WebSocketClient(port(), target, authorization);
  }
  static Json ending(const std::string& type, int input, int output) {
    return {{"type", type}, {"response", {{"usage", {{"input_tokens", input}, {"output_tokens", output}}}}}};
  }
  // Asks for a response of so many tokens at most, which ends so.
  static Json create_with(int most, const std::vector<Json>& answer) {
    return {{"type", "response.create"}, {"model", "m"}, {"max_output_tokens", most}, {"answer", answer}};
  }
  static Json say(WebSocketClient& client, const Json& message) {
    client.send_text(message.dump());
    const auto frame = client.next();
    return frame ? Json::parse(frame->payload) : Json();
  }
  static testing::AssertionResult is_denied(const Json& event, const std::string& limit) {
    if (event.value("type", "") == "error" && event.value("status", 0) == 429 &&
        event.at("error").at("code") == "rate_limit_exceeded" &&
        event.at("error").at("message").get<std::string>().find(limit) != std::string::npos) {
      return testing::AssertionSuccess();
    }
    return testing::AssertionFailure() << event;
  }
  // Of tokens a minute, as a request is told.
  std::int64_t remaining() const { return std::stoll(post().field("x-ratelimit-remaining-tokens")); }
};

TEST_F(TokensOverWebSocket, OfEachResponseAreSettled) {
  begin("tpm: 1000");
  auto mine = client();
  for (int i = 0; i < 5; ++i) {
    EXPECT_EQ(say(mine, create_with(900, {ending("response.completed", 7, 5)})).at("type"), "response.completed") << i;
  }
  // An estimate that is not settled stays.
  EXPECT_EQ(say(mine, create_with(700, {{{"type", "response.created"}}})).at("type"), "response.created");
  EXPECT_TRUE(is_denied(say(mine, create_with(700, {})), "1000 tokens a minute"));
  EXPECT_EQ(say(mine, create_with(10, {{{"type", "response.created"}}})).at("type"), "response.created")
      << "the connection goes on";
}

TEST_F(TokensOverWebSocket, AreSettledToWhatTheResponseTook) {
  begin("tpm: 1000");
  {
    auto mine = client();
    say(mine, create_with(500, {ending("response.incomplete", 100, 50)}));
    say(mine, create_with(500, {ending("response.failed", 20, 5)}));
    say(mine, create_with(500, {{{"type", "error"}, {"error", {{"code", "x"}}}}}));
    say(mine, create_with(500, {{{"type", "response.failed"}, {"response", {{"usage", nullptr}}}}}));
    // What asks for no response takes no tokens.
    say(mine, {{"type", "session.update"}, {"answer", {Json{{"type", "x"}}}}, {"filling", std::string(2'000, 'x')}});
  }
  EXPECT_EQ(remaining(), 1000 - 175 - static_cast<std::int64_t>(body.size() / 4));
}

TEST_F(TokensOverWebSocket, ThatNobodyToldKeepTheirEstimate) {
  begin("tpm: 1000");
  {
    auto mine = client();
    say(mine, create_with(800, {{{"type", "response.completed"}, {"response", {{"usage", nullptr}}}}}));
  }
  EXPECT_LT(remaining(), 200);
}

TEST_F(TokensOverWebSocket, OfWhatIsSentToNoEndpointAreGivenBack) {
  begin("tpm: 1000");
  {
    auto nowhere = client();
    auto message = create_with(900, {});
    message["model"] = "nothing";
    EXPECT_EQ(say(nowhere, message).at("error").at("code"), "model_not_found");
    auto mine = client();
    EXPECT_EQ(say(mine, create_with(900, {ending("response.completed", 1, 1)})).at("type"), "response.completed");
    message["model"] = "m";
    message["previous_response_id"] = "resp_unheard_of";
    EXPECT_EQ(say(mine, message).at("error").at("code"), "previous_response_not_found");
    EXPECT_EQ(say(mine, create_with(900, {ending("response.completed", 1, 1)})).at("type"), "response.completed");
  }
}

TEST_F(TokensOverWebSocket, OfABudgetEndWithTheResponseThatUsesItUp) {
  begin("budget: {day: 100}");
  auto mine = client();
  auto other = client();
  EXPECT_EQ(say(mine, create_with(10, {ending("response.completed", 60, 0)})).at("type"), "response.completed");
  EXPECT_EQ(say(mine, create_with(10, {ending("response.completed", 60, 0)})).at("type"), "response.completed");
  for (auto* each : {&mine, &other, &mine}) EXPECT_TRUE(is_denied(say(*each, create_with(1, {})), "100 tokens a day"));
  EXPECT_TRUE(is_limited(post()));
}

TEST_F(TokensOverWebSocket, CountForTheModelOfTheConnectionAsWell) {
  begin("models: {m: {tpm: 100}}");
  auto mine = client();
  say(mine, create_with(10, {ending("response.completed", 200, 0)}));
  auto unnamed = create_with(1, {});
  unnamed.erase("model");
  EXPECT_TRUE(is_denied(say(mine, unnamed), "100 tokens a minute with the models 'm'"));
}

// Several at a time are answered in their order, and what was not asked for counts as well.
TEST_F(TokensOverWebSocket, AreThoseOfTheOldestThatWaits) {
  begin("tpm: 10000");
  {
    auto mine = client();
    mine.send_text(create_with(1'000, {}).dump());
    mine.send_text(create_with(2'000, {}).dump());
    say(mine, create_with(3'000, {ending("response.completed", 1, 0), ending("response.completed", 2, 0),
                                  ending("response.completed", 4, 0), ending("response.completed", 8, 0)}));
    for (int i = 0; i < 3; ++i) EXPECT_TRUE(mine.next());
  }
  EXPECT_EQ(remaining(), 10'000 - 15 - static_cast<std::int64_t>(body.size() / 4));
}

// The endpoint says which one has ended; the other one keeps its estimate.
TEST_F(TokensOverWebSocket, AreThoseOfTheResponseThatEnds) {
  begin("tpm: 10000");
  {
    auto mine = client();
    const auto of = [](Json event, const char* id) {
      event["response"]["id"] = id;
      return event;
    };
    const Json created{{"type", "response.created"}};
    say(mine, create_with(1'000, {of(created, "resp_1")}));
    say(mine, create_with(2'000, {of(created, "resp_2"), of(ending("response.completed", 2, 0), "resp_2")}));
    EXPECT_TRUE(mine.next());
  }
  const auto left = remaining();
  EXPECT_LT(left, 9'000);
  EXPECT_GT(left, 8'500);
}

const Json error_event = {{"type", "error"}, {"status", 400}, {"error", {{"code", "x"}}}};

// A client provokes an error while its response is made, and leaves before it ends.
TEST_F(TokensOverWebSocket, AreNotGivenBackForAnErrorOfSomethingElse) {
  begin("tpm: 1000");
  for (const auto* type : {"response.created", "x"}) {
    const auto before = remaining();
    {
      auto mine = client();
      say(mine, create_with(200, {{{"type", type}}}));
      EXPECT_EQ(say(mine, {{"type", "nonsense"}, {"answer", {error_event}}}).at("type"), "error");
    }
    EXPECT_LE(remaining(), before - 200) << type;
  }
}

TEST_F(TokensOverWebSocket, CountForTheirModelBehindAnErrorAsWell) {
  begin("models: {m: {tpm: 1000}}");
  auto mine = client();
  say(mine, create_with(10, {error_event}));
  EXPECT_EQ(say(mine, {{"type", "nonsense"}, {"answer", {ending("response.completed", 1'000, 0)}}}).at("type"),
            "response.completed");
  EXPECT_TRUE(is_denied(say(mine, create_with(10, {})), "1000 tokens a minute with the models 'm'"));
}

// Endpoints take the last one of two keys, and keys with escapes.
TEST_F(TokensOverWebSocket, AreAskedForByNoTypeInDisguise) {
  begin("tpm: 1000");
  const std::string rest = R"("model":"m","max_output_tokens":900,"answer":[{"type":"x"}])";
  const std::string hidden = R"({"type":"nonsense",)" + rest;
  const std::string long_input = R"(,"input":")" + std::string(2'000, 'y') + "\"";
  for (const auto& message :
       {hidden + R"(,"type":"response.create"})", hidden + long_input + R"(,"type":"response.create"})",
        hidden + R"(,"\u0074ype":"response.create"})", hidden + R"(,"sequence_number":1,"type":"response.create"})",
        hidden + R"(,"Type":"response.create"})"}) {
    auto mine = client();
    say(mine, create_with(1, {ending("response.completed", 0, 0)}));
    mine.send_text(message);
    const auto refused = mine.next();
    ASSERT_TRUE(refused);
    const auto event = Json::parse(refused->payload);
    EXPECT_EQ(event.value("status", 0), 400) << event;
    EXPECT_EQ(event.value("/error/param"_json_pointer, ""), "type") << event;
    EXPECT_EQ(say(mine, create_with(1, {ending("response.completed", 0, 0)})).at("type"), "response.completed");
    auto first = client();
    first.send_text(message);
    const auto refused_first = first.next();
    ASSERT_TRUE(refused_first);
    EXPECT_EQ(Json::parse(refused_first->payload).value("status", 0), 400);
  }
  EXPECT_GE(remaining(), 900);
  auto mine = client();
  for (const auto* type : {R"("type":"response.\u0063reate")", R"("\u0074ype":"response.create")"}) {
    mine.send_text(std::string("{") + type + R"(,"model":"m","max_output_tokens":400,"answer":[{"type":"x"}]})");
    ASSERT_TRUE(mine.next());
  }
  EXPECT_LE(remaining(), 200);
}

// Its messages are not read: it is one request, and goes on.
TEST_F(TokensOverWebSocket, OfRealtimeAreTakenAsTheyAreTold) {
  begin("tpm: 1000, budget: {day: 300}, models: {m: {tpm: 900}}");
  auto mine = client("/v1/realtime?model=m");
  ASSERT_TRUE(mine.is_open());
  const auto respond = [&](int tokens) { return say(mine, {{"answer", {ending("response.done", tokens, 0)}}}); };
  EXPECT_EQ(respond(100).at("type"), "response.done");
  EXPECT_EQ(respond(150).at("type"), "response.done");
  EXPECT_EQ(remaining(), 900 - 250 - static_cast<std::int64_t>(body.size() / 4));
  EXPECT_EQ(respond(100).at("type"), "response.done");
  EXPECT_TRUE(is_limited(client("/v1/realtime?model=m").handshake()));
  EXPECT_EQ(respond(100).at("type"), "response.done");
}

// As OpenAI tells it of models that take tokens for it; of others it tells seconds, which are no tokens.
TEST_F(TokensOverWebSocket, OfWhatIsTranscribedAreTakenAsTheyAreTold) {
  begin("tpm: 1000");
  auto mine = client("/v1/realtime?model=m");
  const auto transcribe = [&](const Json& usage) {
    const Json event{{"type", "conversation.item.input_audio_transcription.completed"}, {"usage", usage}};
    return say(mine, {{"answer", {event}}});
  };
  EXPECT_EQ(transcribe({{"type", "tokens"}, {"input_tokens", 100}, {"output_tokens", 50}}).size(), 2u);
  EXPECT_EQ(transcribe({{"type", "duration"}, {"seconds", 300}}).size(), 2u);
  EXPECT_EQ(remaining(), 1'000 - 150 - static_cast<std::int64_t>(body.size() / 4));
}

// An endpoint that answers "dense N" with N MiB of the same letter, and all else with a response of 100 tokens.
WebSocketScript deflates() {
  return [](WebSocketPeer& peer) -> awaitable<void> {
    Deflating deflating;
    while (const auto frame = co_await peer.next()) {
      if (frame->opcode != text) continue;
      std::string said = R"({"type":"response.done","response":{"usage":{"input_tokens":100,"output_tokens":0}}})";
      if (frame->payload.starts_with("dense ")) {
        said =
            R"({"type":"session.updated","x":")" + std::string(std::stoul(frame->payload.substr(6)) << 20, 'a') + "\"}";
      }
      co_await peer.send({text, deflating.message(said), true, 4});
    }
  };
}

class TokensOfCompressedRealtime : public TokensOverWebSocket {
 protected:
  void begin_compressed() {
    constexpr const char* agreed = "Sec-WebSocket-Extensions: permessage-deflate\r\n";
    start({{"GET /v1/realtime", websocket(deflates(), agreed)}, {chat, json(200, "{}")}},
          {.file = keys("tpm: 1000"), .of_endpoint = "apis: {realtime: true}"});
  }
  WebSocketClient compressed(const std::string& key) const {
    return WebSocketClient(port(), "/v1/realtime?model=m",
                           "Authorization: Bearer " + key + "\r\nSec-WebSocket-Extensions: permessage-deflate\r\n");
  }
  static std::optional<Frame> say_text(WebSocketClient& client, const std::string& said) {
    client.send_text(said);
    return client.next();
  }
};

TEST_F(TokensOfCompressedRealtime, CountBehindADenseMessage) {
  begin_compressed();
  auto mine = compressed("team-key");
  EXPECT_TRUE(say_text(mine, "dense 2"));
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(say_text(mine, "{}"));
  EXPECT_EQ(remaining(), 1'000 - 300 - static_cast<std::int64_t>(body.size() / 4));
}

TEST_F(TokensOfCompressedRealtime, ThatCannotBeCountedEndTheConnectionOfALimitedKey) {
  begin_compressed();
  auto mine = compressed("team-key");
  ASSERT_TRUE(say_text(mine, "dense 32"));
  EXPECT_EQ(mine.next(), close_with(1009, "what it says cannot be counted for the limits of the key"));
  EXPECT_TRUE(gateway_->says(R"("cause":"uncountable")"));
  auto others = compressed("other-key");
  ASSERT_TRUE(say_text(others, "dense 32"));
  EXPECT_TRUE(say_text(others, "{}"));
}

// --- in the background

class TokensInTheBackground : public TokensKnownLate {
 protected:
  // `so_far`: the usage that it tells before it has ended.
  void begin(const std::string& limits, const std::string& so_far = "null") {
    const auto told = [](const std::string& status, const std::string& usage) {
      return json(200, R"({"id":"resp_bg","object":"response","status":")" + status + R"(","usage":)" + usage + "}");
    };
    start({{"POST /v1/responses", told("queued", so_far)},
           {"GET /v1/responses/resp_bg",
            [this, told, so_far](Conversation& conversation) -> awaitable<void> {
              co_await told(ended_ ? "completed" : "in_progress",
                            ended_ ? R"({"input_tokens":100,"output_tokens":50})" : so_far)(conversation);
            }},
           {chat, json(200, "{}")}},
          {.file = "workers: 2\n" + keys(limits)});
  }
  Response fetch(const std::string& key = "team-key") const {
    return ask(port(), "GET", "/v1/responses/resp_bg", "", with(key));
  }
  Response respond(int most) const {
    return ask(port(), "POST", "/v1/responses",
               R"({"model":"m","background":true,"max_output_tokens":)" + std::to_string(most) + "}", with("team-key"));
  }

  std::atomic<bool> ended_{false};
};

TEST_F(TokensInTheBackground, TokensAreSettledOnceWhenTheyAreFetched) {
  begin("tpm: 1000");
  EXPECT_EQ(respond(900).status(), 200);
  EXPECT_EQ(fetch().status(), 200);
  EXPECT_TRUE(is_limited(respond(900))) << "nobody knows yet what it took";
  ended_ = true;
  for (int i = 0; i < 3; ++i) EXPECT_EQ(fetch().status(), 200);
  const std::int64_t estimate = body.size() / 4;
  EXPECT_TRUE(eventually([&, tries = 0]() mutable {
    return std::stoll(post().field("x-ratelimit-remaining-tokens")) == 1000 - 150 - ++tries * estimate;
  }));
}

// Some endpoints tell what it took so far, which is nothing at first.
TEST_F(TokensInTheBackground, TokensAreNotSettledBeforeItHasEnded) {
  for (const auto* so_far : {R"({"input_tokens":0,"output_tokens":0})", R"({"input_tokens":9,"output_tokens":1})"}) {
    ended_ = false;
    begin("tpm: 1000", so_far);
    EXPECT_EQ(respond(900).status(), 200);
    EXPECT_EQ(fetch().status(), 200);
    EXPECT_TRUE(is_limited(respond(900)));
    ended_ = true;
    EXPECT_EQ(fetch().status(), 200);
    EXPECT_TRUE(eventually([&, tries = 0]() mutable {
      return std::stoll(post().field("x-ratelimit-remaining-tokens")) ==
             1000 - 150 - ++tries * static_cast<std::int64_t>(body.size() / 4);
    })) << so_far;
  }
}

TEST_F(TokensInTheBackground, OnlyTheKeyThatMadeItPays) {
  begin("budget: {day: 120}");
  EXPECT_EQ(respond(1).status(), 200);
  ended_ = true;
  EXPECT_EQ(fetch("other-key").status(), 404);
  EXPECT_EQ(post().status(), 200);
  EXPECT_EQ(fetch().status(), 200);
  EXPECT_TRUE(eventually([&] { return post().status() == 429; }));
}

}  // namespace
}  // namespace pointsman::test
