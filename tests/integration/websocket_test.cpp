#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <thread>

#include "support/behind_websocket.hpp"
#include "support/configuration.hpp"
#include "support/eventually.hpp"
#include "support/receive_queue.hpp"
#include "support/shared.hpp"
#include "support/wire.hpp"

// WebSocket through the gateway: who may open a connection, where it goes, and what passes over it.
namespace pointsman::test {
namespace {

using boost::asio::awaitable;
using Json = nlohmann::json;
using testing::HasSubstr;
using testing::Not;

class WebSocket : public BehindWebSocket {
 protected:
  // The handshakes that reached the endpoint, but for the prober's.
  std::vector<demo::Request> handshakes() const {
    auto all = upstream_->requests();
    std::erase_if(all, [](const demo::Request& request) {
      const auto* agent = request.header("User-Agent");
      return request.header("Upgrade") == nullptr || (agent != nullptr && agent->starts_with("pointsman"));
    });
    return all;
  }
};

// What the client is told where there is no way to an endpoint, after its 101.
struct LastWords {
  int status = 0;
  Json error;
  int close_code = 0;
};

LastWords last_words(WebSocketClient& client) {
  LastWords words;
  const auto event = client.next();
  if (event && event->opcode == text) {
    const auto parsed = Json::parse(event->payload);
    EXPECT_EQ(parsed.at("type"), "error");
    words.status = parsed.at("status");
    words.error = parsed.at("error");
  }
  const auto close = event && event->opcode == close_opcode ? event : client.next();
  if (close) words.close_code = close->close_code();
  EXPECT_EQ(client.next(), std::nullopt);
  return words;
}

TEST_F(WebSocket, PassesResponsesBothWays) {
  start_websocket(echo_frames(), {.of_endpoint = offered + ", api_key: upstream-key"});
  WebSocketClient client(
      port(), std::string(responses) + "?beta=true",
      "Authorization: Bearer mine\r\nOpenAI-Beta: x\r\nSec-WebSocket-Extensions: permessage-deflate\r\n");
  ASSERT_TRUE(client.is_open()) << client.handshake().raw;
  EXPECT_EQ(client.handshake().field("Sec-WebSocket-Accept"), "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
  EXPECT_EQ(client.handshake().field("Sec-WebSocket-Extensions"), "");
  EXPECT_NE(client.handshake().field("x-request-id"), "");
  client.send_text(create);
  EXPECT_EQ(client.next(), (Frame{text, create}));
  client.send({text, "{}"});
  EXPECT_EQ(client.next(), (Frame{text, "{}"}));
  client.send({ping, "p"});
  EXPECT_EQ(client.next(), (Frame{pong, "p"}));
  EXPECT_EQ(gateway_->metric("pointsman_websockets_open"), "1");

  client.send(close_with(4001, "bye"));
  EXPECT_EQ(client.next(), close_with(4001, "bye"));
  EXPECT_EQ(client.next(), std::nullopt);

  ASSERT_EQ(handshakes().size(), 1u);
  const auto request = handshakes().front();
  EXPECT_EQ(request.target(), "/v1/responses?beta=true");
  EXPECT_EQ(*request.header("Authorization"), "Bearer upstream-key");
  EXPECT_EQ(*request.header("Sec-WebSocket-Version"), "13");
  EXPECT_EQ(*request.header("OpenAI-Beta"), "x");
  EXPECT_EQ(request.header("Sec-WebSocket-Extensions"), nullptr);

  EXPECT_TRUE(gateway_->shows("pointsman_websockets_open 0"));
  EXPECT_TRUE(gateway_->shows("pointsman_websocket_messages_total{direction=\"in\"} 2"));
  EXPECT_TRUE(gateway_->shows("pointsman_websocket_messages_total{direction=\"out\"} 2"));
  EXPECT_TRUE(gateway_->says(R"-("route":"/v1/responses (websocket)","status":101,)-")) << gateway_->process().output();
}

TEST_F(WebSocket, PassesTheFramesOfTheFirstMessageAsTheyCame) {
  const Shared<std::vector<Frame>> seen;
  start_websocket([seen](WebSocketPeer& peer) -> awaitable<void> {
    std::vector<Frame> frames;
    for (int i = 0; i < 3; ++i) {
      auto frame = co_await peer.next();
      if (!frame) co_return;
      frames.push_back(*frame);
    }
    seen.set(frames);
    co_await peer.send({text, "done"});
    co_await peer.next();
  });
  const Frame begin{text, create.substr(0, 20), false};
  const Frame end{continuation, create.substr(20)};
  const Frame next{text, "{}"};
  std::string bytes;
  for (auto frame : {begin, Frame{ping, "alive?"}, end, next}) {
    frame.masked = true;
    bytes += bytes_of(frame);
  }
  for (std::size_t split = 1; split < bytes.size(); split += 7) {
    WebSocketClient client(port(), responses);
    client.raw().send_split(bytes, {split});
    ASSERT_EQ(client.next(), (Frame{pong, "alive?"})) << split;
    ASSERT_EQ(client.next(), (Frame{text, "done"})) << split;
    auto frames = seen.get();
    for (auto& frame : frames) {
      EXPECT_TRUE(frame.masked);
      frame.masked = false;
    }
    ASSERT_EQ(frames, (std::vector{begin, end, next})) << split;
  }
}

TEST_F(WebSocket, SplicesTheNameThatTheEndpointKnows) {
  start_websocket(echo_frames(), {.of_endpoint = offered + R"(, models: [{id: m, aliases: ["small"]}])"});
  const std::vector<std::pair<std::string, std::string>> cases{
      {R"({"type":"response.create", "model" : "small","x":1})", R"({"type":"response.create", "model" : "m","x":1})"},
      {R"({"type":"response.create","response":{"input":"model", "model":"small"}})",
       R"({"type":"response.create","response":{"input":"model", "model":"m"}})"},
  };
  for (const auto& [sent, passed] : cases) {
    WebSocketClient client(port(), responses);
    client.send_text(sent);
    EXPECT_EQ(client.next(), (Frame{text, passed}));
  }
  WebSocketClient client(port(), "/v1/realtime?x=1&model=small&y=small");
  EXPECT_TRUE(client.is_open());
  EXPECT_EQ(handshakes().back().target(), "/v1/realtime?x=1&model=m&y=small");
}

TEST_F(WebSocket, TakesTheDefaultModel) {
  start_websocket(echo_frames(), {.file = "defaults: {responses: m}\n"});
  WebSocketClient client(port(), responses);
  client.send_text(R"({"type":"response.create"})");
  EXPECT_EQ(client.next(), (Frame{text, R"({"type":"response.create"})"}));
}

TEST_F(WebSocket, IsRefusedWithItsOwnStatusWhereNobodyOffersIt) {
  start({{"POST /v1/responses", json(200, "{}")}});
  for (const auto* target : {responses, realtime}) {
    WebSocketClient client(port(), target);
    EXPECT_EQ(client.handshake().status(), 426) << target;
    EXPECT_EQ(client.handshake().field("Upgrade"), "websocket");
    EXPECT_EQ(Json::parse(client.handshake().body).at("error").at("code"), "unsupported_api");
  }
  EXPECT_EQ(ask(port(), "GET", responses).status(), 405);
  EXPECT_EQ(ask(port(), "GET", realtime).status(), 426);
}

TEST_F(WebSocket, NeedsASoundHandshake) {
  start_websocket(echo_frames());
  const std::string asks = "Connection: Upgrade\r\nUpgrade: websocket\r\n";
  const auto status = [&](const std::string& fields) {
    RawClient client(port());
    client.send("GET /v1/responses HTTP/1.1\r\nHost: h\r\n" + asks + fields + "\r\n");
    return client.read_response().status();
  };
  EXPECT_EQ(status("Sec-WebSocket-Version: 8\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"), 426);
  EXPECT_EQ(status("Sec-WebSocket-Version: 13\r\n"), 400);
}

TEST_F(WebSocket, AsksForAKeyBeforeAnythingElse) {
  start_websocket(echo_frames(), {.file = "access: {keys: [{name: a, key: sk-right}]}\n"},
                  "Sec-WebSocket-Protocol: realtime\r\n");
  for (const auto* target : {responses, realtime}) {
    EXPECT_EQ(WebSocketClient(port(), target).handshake().status(), 401);
    EXPECT_EQ(WebSocketClient(port(), target, "Authorization: Bearer sk-wrong\r\n").handshake().status(), 401);
    EXPECT_EQ(WebSocketClient(port(), target, "Authorization: Bearer sk-right\r\n").handshake().status(), 101);
  }
  EXPECT_EQ(WebSocketClient(port(), "/v1/realtime?model=m&M%6Fdel=x", "Authorization: Bearer sk-right\r\n")
                .handshake()
                .status(),
            400);
  EXPECT_EQ(handshakes().back().header("Authorization"), nullptr);
  WebSocketClient browser(
      port(), realtime,
      "Sec-WebSocket-Protocol: realtime, openai-insecure-api-key.sk-right, openai-beta.realtime-v1\r\n");
  ASSERT_TRUE(browser.is_open());
  EXPECT_EQ(browser.handshake().field("Sec-WebSocket-Protocol"), "realtime");
  EXPECT_EQ(*handshakes().back().header("Sec-WebSocket-Protocol"), "realtime, openai-beta.realtime-v1");
  gateway_->stop();
  EXPECT_EQ(gateway_->process().output().find("sk-right"), std::string::npos);
  EXPECT_THAT(handshakes().back().raw, Not(HasSubstr("sk-right")));
}

// What messages of Realtime name is not checked.
TEST_F(WebSocket, OfRealtimeIsNotForAKeyThatIsLimited) {
  start_websocket(echo_frames(), {.file = "access: {keys: [{name: a, key: sk-some, models: [m]}, "
                                          "{name: b, key: sk-other, models: [x]}, {name: c, key: sk-all}]}\n"});
  const auto status = [&](const char* target, const std::string& key) {
    return WebSocketClient(port(), target, "Authorization: Bearer " + key + "\r\n").handshake().status();
  };
  EXPECT_EQ(status(realtime, "sk-all"), 101);
  EXPECT_EQ(status(responses, "sk-all"), 101);
  EXPECT_EQ(status(realtime, "sk-some"), 426);
  EXPECT_EQ(status(responses, "sk-some"), 101);
  for (const auto* target : {realtime, responses}) EXPECT_EQ(status(target, "sk-other"), 426) << "nothing for it";
}

TEST_F(WebSocket, SaysWhatIsWrongWithTheFirstMessage) {
  start_websocket(echo_frames());
  struct Case {
    Frame frame;
    int status;
    std::string code;
    int close_code;
  };
  const std::vector<Case> cases{
      {{text, R"({"type":"response.create","model":"nobody"})"}, 404, "model_not_found", 1008},
      {{text, R"({"type":"response.create"})"}, 400, "", 1008},
      {{text, R"({"type":"response.create","model":7})"}, 400, "", 1008},
      {{text, "hello"}, 400, "", 1008},
      {{binary, create}, 0, "", 1003},
      {{text, create, true, 4}, 0, "", 1002},
      {{continuation, create}, 0, "", 1002},
  };
  for (const auto& each : cases) {
    WebSocketClient client(port(), responses);
    client.send(each.frame);
    const auto words = last_words(client);
    EXPECT_EQ(words.status, each.status) << each.frame.payload;
    EXPECT_EQ(words.close_code, each.close_code) << each.frame.payload;
    if (!each.code.empty()) EXPECT_EQ(words.error.at("code"), each.code);
  }
  WebSocketClient closing(port(), responses);
  closing.send(close_with(1000));
  EXPECT_EQ(closing.next(), close_with(1000));
  EXPECT_EQ(closing.next(), std::nullopt);
  EXPECT_TRUE(handshakes().empty());
}

TEST_F(WebSocket, RefusesAFirstMessageThatIsTooLarge) {
  start_websocket(echo_frames(), {.file = "limits: {request_body: 1KiB}\n"});
  WebSocketClient client(port(), responses);
  client.send_text(std::string(1025, ' '));
  EXPECT_EQ(last_words(client).close_code, 1009);
}

TEST_F(WebSocket, PassesRealtimeWithItsExtension) {
  start_websocket(
      [](WebSocketPeer& peer) -> awaitable<void> {
        co_await peer.send({text, "squeezed", true, 4});
        while (auto frame = co_await peer.next()) {
          frame->masked = false;
          co_await peer.send(*frame);
        }
      },
      {}, "Sec-WebSocket-Extensions: permessage-deflate\r\nx-request-id: theirs\r\n");
  WebSocketClient client(port(), realtime, "Sec-WebSocket-Extensions: permessage-deflate\r\n");
  ASSERT_TRUE(client.is_open());
  EXPECT_EQ(client.handshake().field("x-request-id"), "theirs");
  EXPECT_EQ(client.handshake().field("x-pointsman-endpoint"), "e");
  EXPECT_EQ(client.handshake().field("Sec-WebSocket-Extensions"), "permessage-deflate");
  EXPECT_EQ(client.next(), (Frame{text, "squeezed", true, 4}));
  client.send({text, "mine", true, 4});
  EXPECT_EQ(client.next(), (Frame{text, "mine", true, 4}));
}

TEST_F(WebSocket, PassesTheRefusalOfAnEndpoint) {
  start({{"GET /v1/realtime", json(429, R"({"error":{"message":"slow down"}})", {{"Retry-After", "7"}})},
         {"GET /v1/responses", json(429, R"({"error":{"message":"slow down"}})")}},
        {.of_endpoint = offered});
  WebSocketClient refused(port(), realtime);
  EXPECT_EQ(refused.handshake().status(), 429);
  EXPECT_EQ(refused.handshake().field("Retry-After"), "7");
  EXPECT_THAT(refused.handshake().body, HasSubstr("slow down"));
  WebSocketClient told(port(), responses);
  told.send_text(create);
  const auto words = last_words(told);
  EXPECT_EQ(words.status, 429);
  EXPECT_EQ(words.close_code, 1013);
}

TEST_F(WebSocket, TakesNo101ThatBelongsToAnotherHandshake) {
  const Script wrong = bytes(
      "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: "
      "x\r\n\r\n");
  start({{"GET /v1/realtime", wrong}, {"GET /v1/responses", wrong}}, {.of_endpoint = offered});
  EXPECT_EQ(WebSocketClient(port(), realtime).handshake().status(), 502);
  WebSocketClient client(port(), responses);
  client.send_text(create);
  EXPECT_EQ(last_words(client).status, 502);
}

TEST_F(WebSocket, HoldsAFastWriterUpForASlowReader) {
  static const std::string large(48 << 20, 'x');
  demo::Gate gate;
  start_websocket([gate](WebSocketPeer& peer) -> awaitable<void> {
    co_await gate.passed();
    const auto frame = co_await peer.next();
    if (!frame || frame->payload != large) co_return;
    co_await peer.send({binary, large});
    co_await peer.next();
  });
  WebSocketClient client(port(), realtime);
  ASSERT_TRUE(client.is_open());
  const auto before = gateway_->process().peak_memory();
  const auto bytes = bytes_of({.opcode = binary, .payload = large, .masked = true});
  std::thread sender([&] { client.raw().send(bytes); });
  // The gateway reads no more than it can pass on.
  EXPECT_TRUE(eventually([&] { return unread_there(client.raw().local_port()) > 100'000; }));
  gate.open();
  sender.join();
  const auto back = client.next();
  ASSERT_TRUE(back);
  EXPECT_EQ(back->payload.size(), large.size());
  EXPECT_TRUE(back->payload == large);
  EXPECT_LT(gateway_->process().peak_memory() - before, large.size() / 2);
}

TEST_F(WebSocket, CountsAsARequestInFlight) {
  start_websocket(echo_frames(), {.of_endpoint = offered + ", max_concurrent: 1"});
  {
    WebSocketClient first(port(), responses);
    first.send_text(create);
    ASSERT_EQ(first.next(), (Frame{text, create}));
    WebSocketClient second(port(), responses);
    second.send_text(create);
    const auto words = last_words(second);
    EXPECT_EQ(words.status, 503);
    EXPECT_EQ(words.error.at("code"), "overloaded");
    EXPECT_EQ(words.close_code, 1013);
  }
  EXPECT_TRUE(eventually([&] { return WebSocketClient(port(), realtime).is_open(); }));
}

TEST(WebSocketOfSeveral, GoesToAnEndpointThatCanBeReached) {
  FakeUpstream upstream(
      {"m"}, {{"GET /v1/realtime", websocket(echo_frames())}, {"GET /v1/responses", websocket(echo_frames())}});
  std::optional<FakeUpstream> lost;
  lost.emplace(std::vector<std::string>{"m"}, FakeUpstream::Routes{});
  GatewayProcess gateway("endpoints:\n" + endpoint("lost", lost->url(), offered) +
                         endpoint("there", upstream.url(), offered + ", priority: 1"));
  gateway.wait_until_ready(2);
  lost.reset();
  WebSocketClient client(gateway.port(), responses);
  client.send_text(create);
  EXPECT_EQ(client.next(), (Frame{text, create}));
  EXPECT_TRUE(WebSocketClient(gateway.port(), realtime).is_open());
}

}  // namespace
}  // namespace pointsman::test
