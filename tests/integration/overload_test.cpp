#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>
#include <memory>
#include <string>
#include <vector>

#include "support/behind_gateway.hpp"
#include "support/eventually.hpp"
#include "support/own_answer.hpp"
#include "support/wire.hpp"

// Beyond its bounds the gateway turns new requests away at once, and what is under way goes on.
namespace pointsman::test {
namespace {

using boost::asio::awaitable;
using testing::HasSubstr;

constexpr const char* body = R"({"model":"m"})";

class Overload : public BehindGateway {
 protected:
  // An endpoint that answers "stream" with one event and goes on when it is told to, and everything else at once.
  void start_streaming(const std::string& settings) {
    start({{chat_route,
            [&](Conversation& conversation) -> awaitable<void> {
              if (conversation.request().body.find("stream") == std::string::npos)
                co_return co_await conversation.send(ok("{}"));
              co_await conversation.send(
                  "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n" +
                  chunk("data: 1\n\n"));
              while (!goes_on_) co_await conversation.pause(Milliseconds(5));
              co_await conversation.send(chunk("data: [DONE]\n\n") + "0\r\n\r\n");
            }}},
          {.file = settings});
  }

  // A stream of which the head and the first event have come.
  std::unique_ptr<RawClient> stream() {
    auto client = std::make_unique<RawClient>(port());
    client->send(post(R"({"model":"m","stream":true})"));
    EXPECT_NE(client->read_some(), "");
    return client;
  }

  // Lets the stream go on; whether it comes to its end.
  bool ends_well(RawClient& streaming) {
    goes_on_ = true;
    std::string rest;
    while (rest.find("[DONE]") == std::string::npos) {
      const auto piece = streaming.read_some();
      if (piece.empty()) return false;
      rest += piece;
    }
    return true;
  }

 private:
  std::atomic<bool> goes_on_ = false;
};

TEST_F(Overload, ConnectionsBeyondTheLimitAreTurnedAway) {
  start_streaming("workers: 2\nlimits: {connections: 3}\n");
  auto streaming = stream();
  RawClient second(port());
  RawClient third(port());
  for (auto* each : {&second, &third}) {
    each->send(post(body));
    EXPECT_EQ(each->read_response().status(), 200);
  }
  for (int i = 0; i < 10; ++i) {
    const auto turned_away = ask(port(), "POST", chat_path, body);
    EXPECT_TRUE(is_own_error(turned_away, 503, "overloaded"));
    EXPECT_EQ(turned_away.field("Retry-After"), "1");
    EXPECT_EQ(turned_away.field("Connection"), "close");
    EXPECT_THAT(message_of(turned_away), HasSubstr("limits.connections"));
  }
  EXPECT_EQ(requests_upstream(), 3u);
  // Whoever has a connection is served as before.
  second.send(post(body));
  EXPECT_EQ(second.read_response().status(), 200);
  third.close();
  EXPECT_TRUE(eventually([&] { return ask(port(), "POST", chat_path, body).status() == 200; }));
  EXPECT_TRUE(ends_well(*streaming));
}

TEST_F(Overload, AWorkerThatIsLateTurnsNewRequestsAwayAndStreamsGoOn) {
  start_streaming("workers: 1\n");
  auto streaming = stream();
  RawClient client(port(), Milliseconds(20'000));
  // Whatever else keeps a worker from its work looks the same to it.
  gateway_->process().signal(SIGSTOP);
  let_pass(Milliseconds(3'000));
  gateway_->process().signal(SIGCONT);

  Response turned_away;
  EXPECT_TRUE(eventually([&] {
    client.send(post(body));
    turned_away = client.read_response();
    return turned_away.status() == 503;
  }));
  EXPECT_TRUE(is_own_error(turned_away, 503, "overloaded"));
  EXPECT_EQ(turned_away.field("Retry-After"), "1");
  EXPECT_EQ(ask(port(), "GET", "/healthz").status(), 200);
  EXPECT_TRUE(eventually([&] { return ask(port(), "POST", chat_path, body).status() == 200; }));
  EXPECT_THAT(gateway_->metrics(), HasSubstr(R"(pointsman_event_loop_lag_seconds{worker="1"})"));
  EXPECT_TRUE(ends_well(*streaming));
}

}  // namespace
}  // namespace pointsman::test
