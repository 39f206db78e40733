#include "pointsman/http/websocket_handshake.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace pointsman::http {
namespace {

constexpr std::string_view sample_key = "dGhlIHNhbXBsZSBub25jZQ==";

RequestHead request(const std::string& text) {
  RequestHead head;
  EXPECT_FALSE(parse(text, Limits(), head)) << text;
  return head;
}

std::string handshake(const std::string& fields, const std::string& line = "GET /v1/responses HTTP/1.1") {
  return line + "\r\nHost: h\r\n" + fields + "\r\n";
}

// RFC 6455 §1.3.
TEST(WebSocketHandshake, AnswersAKey) { EXPECT_EQ(websocket_accept(sample_key), "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="); }

TEST(WebSocketHandshake, IsAskedForByTwoFields) {
  struct Case {
    std::string text;
    bool asks;
  };
  const std::vector<Case> cases{
      {handshake("Connection: Upgrade\r\nUpgrade: websocket\r\n"), true},
      {handshake("Connection: keep-alive, upgrade\r\nUpgrade: WebSocket\r\n"), true},
      {handshake("Connection: Upgrade\r\nUpgrade: h2c, websocket\r\n"), true},
      {handshake("Upgrade: websocket\r\n"), false},
      {handshake("Connection: Upgrade\r\n"), false},
      {handshake("Connection: Upgrade\r\nUpgrade: h2c\r\n"), false},
      {handshake("Connection: Upgrade\r\nUpgrade: websocket\r\n", "POST /v1/responses HTTP/1.1"), false},
      {handshake("Connection: Upgrade\r\nUpgrade: websocket\r\n", "GET /v1/responses HTTP/1.0"), false},
  };
  for (const auto& each : cases) EXPECT_EQ(asks_for_websocket(request(each.text)), each.asks) << each.text;
}

TEST(WebSocketHandshake, NeedsItsVersionAndOneKey) {
  const std::string version = "Sec-WebSocket-Version: 13\r\n";
  const std::string key = "Sec-WebSocket-Key: " + std::string(sample_key) + "\r\n";
  struct Case {
    std::string fields;
    int status;  // 0: it can be answered
  };
  const std::vector<Case> cases{
      {version + key, 0},
      {key, 426},
      {"Sec-WebSocket-Version: 8\r\n" + key, 426},
      {version + version + key, 426},
      {version, 400},
      {version + key + key, 400},
      {version + key + "Content-Length: 0\r\n", 0},
      {version + key + "Content-Length: 1\r\n", 400},
      {version + key + "Transfer-Encoding: chunked\r\n", 400},
      {version + "Sec-WebSocket-Key: short\r\n", 400},
      {version + "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZ!==\r\n", 400},
  };
  for (const auto& each : cases) {
    const std::string text = handshake(each.fields);
    const auto rejection = judge_websocket(request(text));
    EXPECT_EQ(rejection ? rejection->status : 0, each.status) << each.fields;
  }
}

TEST(WebSocketHandshake, IsAcceptedByTheAnswerToItsKey) {
  const auto accepts = [](const std::string& text) {
    ResponseHead head;
    EXPECT_FALSE(parse(text, Limits(), head)) << text;
    return accepts_websocket(head, sample_key);
  };
  const std::string fields = "Upgrade: websocket\r\nConnection: Upgrade\r\n";
  const std::string accept = "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n";
  EXPECT_TRUE(accepts("HTTP/1.1 101 Switching Protocols\r\n" + fields + accept + "\r\n"));
  EXPECT_FALSE(accepts("HTTP/1.1 200 OK\r\n" + fields + accept + "\r\n"));
  EXPECT_FALSE(accepts("HTTP/1.1 101 Switching Protocols\r\n" + fields + "\r\n"));
  EXPECT_FALSE(accepts("HTTP/1.1 101 Switching Protocols\r\n" + accept + "\r\n"));
  EXPECT_FALSE(accepts("HTTP/1.1 101 Switching Protocols\r\n" + fields + "Sec-WebSocket-Accept: x\r\n\r\n"));
}

TEST(WebSocketHandshake, MakesAKeyOfItsOwnEachTime) {
  const auto key = websocket_key();
  const std::string text = handshake("Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: " + key + "\r\n");
  EXPECT_FALSE(judge_websocket(request(text)));
  EXPECT_NE(key, websocket_key());
}

TEST(WebSocketHandshake, KnowsTheSubprotocolThatIsAKey) {
  const std::string text =
      handshake("Sec-WebSocket-Protocol: realtime\r\nsec-websocket-protocol: x ,openai-insecure-api-key.sk-1, y\r\n");
  EXPECT_EQ(offered_key(request(text)), "sk-1");
  const std::string without = handshake("Sec-WebSocket-Protocol: realtime\r\nX: openai-insecure-api-key.sk-1\r\n");
  EXPECT_EQ(offered_key(request(without)), std::nullopt);
  EXPECT_EQ(without_keys("realtime, openai-insecure-api-key.sk-1,openai-beta.realtime-v1"),
            "realtime, openai-beta.realtime-v1");
  EXPECT_EQ(without_keys("openai-insecure-api-key.sk-1"), "");
}

}  // namespace
}  // namespace pointsman::http
