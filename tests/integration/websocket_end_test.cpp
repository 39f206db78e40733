#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <memory>
#include <string>

#include "support/behind_websocket.hpp"
#include "support/eventually.hpp"
#include "support/shared.hpp"

// How a WebSocket connection ends, and what each side is told of that.
namespace pointsman::test {
namespace {

using boost::asio::awaitable;

class WebSocketEnd : public BehindWebSocket {};

TEST_F(WebSocketEnd, EndsTheEndpointsConnectionWhenTheClientLeaves) {
  const Shared<int> code(-1);
  start_websocket([code](WebSocketPeer& peer) -> awaitable<void> {
    co_await peer.send({text, "welcome"});
    while (auto frame = co_await peer.next()) {
      if (frame->opcode == close_opcode) code.set(frame->close_code());
    }
  });
  {
    WebSocketClient client(port(), realtime);
    ASSERT_EQ(client.next(), (Frame{text, "welcome"}));
  }
  EXPECT_TRUE(eventually([&] { return code.get() == 1001; })) << code.get();
  EXPECT_TRUE(gateway_->says(R"("cause":"client_left")"));
}

TEST_F(WebSocketEnd, GivesUpAHandshakeWhoseClientLeaves) {
  // Of this client only: probes shake hands and leave as well, also after the test.
  const auto arrived = std::make_shared<std::atomic<bool>>(false);
  const auto left = std::make_shared<std::atomic<bool>>(false);
  start({{"GET /v1/responses",
          [arrived, left](Conversation& conversation) -> awaitable<void> {
            if (conversation.request().header("X-Mine") == nullptr) co_return conversation.close();
            *arrived = true;
            co_await conversation.until_client_leaves();
            *left = true;
          }}},
        {.of_endpoint = offered});
  {
    WebSocketClient client(port(), responses, "X-Mine: 1\r\n");
    client.send_text(create);
    ASSERT_TRUE(eventually([&] { return arrived->load(); }));
  }
  EXPECT_TRUE(eventually([&] { return left->load(); }));
}

TEST_F(WebSocketEnd, TellsTheClientThatItsEndpointDied) {
  start_websocket([](WebSocketPeer& peer) -> awaitable<void> {
    co_await peer.next();
    co_await peer.send({text, "so far"});
    peer.conversation().reset();
  });
  WebSocketClient client(port(), responses);
  client.send_text(create);
  EXPECT_EQ(client.next(), (Frame{text, "so far"}));
  const auto close = client.next();
  ASSERT_TRUE(close);
  EXPECT_EQ(close->close_code(), 1011);
  EXPECT_EQ(client.next(), std::nullopt);
  EXPECT_TRUE(gateway_->says(R"("cause":"upstream_died")"));
}

TEST_F(WebSocketEnd, SaysNothingIntoAFrameThatIsHalfWritten) {
  start_websocket([](WebSocketPeer& peer) -> awaitable<void> {
    std::string half = bytes_of({text, "a whole message"}).substr(0, 7);
    co_await peer.conversation().send(std::move(half));
  });
  WebSocketClient client(port(), realtime);
  ASSERT_TRUE(client.is_open());
  EXPECT_EQ(client.raw().read_to_end(), bytes_of({text, "a whole message"}).substr(0, 7));
}

TEST_F(WebSocketEnd, TellsBothSidesOfABrokenProtocol) {
  const Shared<int> code;
  start_websocket([code](WebSocketPeer& peer) -> awaitable<void> {
    while (auto frame = co_await peer.next()) {
      if (frame->opcode == close_opcode) code.set(frame->close_code());
    }
  });
  WebSocketClient client(port(), realtime);
  client.raw().send(bytes_of({text, "unmasked"}));
  const auto close = client.next();
  ASSERT_TRUE(close);
  EXPECT_EQ(close->close_code(), 1002);
  EXPECT_TRUE(eventually([&] { return code.get() == 1001; }));
}

TEST_F(WebSocketEnd, IsClosedWhenNobodySaysAnything) {
  start_websocket(echo_frames(), {.of_endpoint = offered + ", timeouts: {idle: 1s}"});
  WebSocketClient client(port(), realtime);
  ASSERT_TRUE(client.is_open());
  client.send({ping, ""});
  EXPECT_EQ(client.next(), (Frame{pong, ""}));
  const auto close = client.next();
  ASSERT_TRUE(close);
  EXPECT_EQ(close->close_code(), 1001);
}

TEST_F(WebSocketEnd, TellsClientsToConnectAgainWhenItStops) {
  start_websocket(echo_frames());
  WebSocketClient opening(port(), responses);
  ASSERT_TRUE(opening.is_open());
  WebSocketClient client(port(), responses);
  client.send_text(create);
  ASSERT_EQ(client.next(), (Frame{text, create}));
  gateway_->process().signal(SIGTERM);
  for (auto* each : {&opening, &client}) {
    const auto close = each->next();
    ASSERT_TRUE(close);
    EXPECT_EQ(close->close_code(), 1012);
    EXPECT_EQ(each->next(), std::nullopt);
  }
}

}  // namespace
}  // namespace pointsman::test
