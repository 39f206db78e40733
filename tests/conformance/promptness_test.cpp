#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <string>

#include "support/behind_gateway.hpp"
#include "support/wire.hpp"

// Nothing waits in the gateway: what arrived in one read leaves in one write, at once. A client that reads while the
// stream is silent therefore gets in one read what the endpoint sent in one write.
namespace pointsman::test {
namespace {

using boost::asio::awaitable;
using std::chrono::steady_clock;

constexpr const char* body = R"({"model":"m","stream":true})";
const std::string events_head =
    "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n";

class Promptness : public BehindGateway {
 protected:
  // The endpoint sends each piece in one write, when its gate opens, and then is silent.
  void start_sending(const std::vector<std::string>& pieces) {
    gates_ = std::vector<demo::Gate>(pieces.size());
    start({{chat_route, [this, pieces](Conversation& conversation) -> awaitable<void> {
              for (std::size_t i = 0; i < pieces.size(); ++i) {
                co_await conversation.wait(gates_[i]);
                co_await conversation.send(pieces[i]);
              }
              co_await conversation.until_client_leaves();
            }}});
  }

  std::vector<demo::Gate> gates_;
};

TEST_F(Promptness, Case22_WhatCameInOneWriteLeavesInOneWrite) {
  const std::string small = "data: {\"choices\":[{\"delta\":{\"content\":\"gr\xc3\xbc\xc3\x9f\"}}]}\n\n";
  const std::string large = "data: " + std::string(3'000, 'x') + "\n\n";
  const std::string several = small + large + ": comment\n\n" + small;
  start_sending({events_head + chunk(small), chunk(small), chunk(large), chunk(several), chunk("d"),
                 chunk("ata: x\n\n"), chunk(small) + chunk(small) + chunk(large)});
  RawClient client(port());
  client.send(post(body));
  gates_[0].open();
  const std::string begun = client.read_some();
  EXPECT_TRUE(begun.ends_with("\r\n\r\n" + chunk(small))) << begun;
  const std::vector<std::string> expected{chunk(small), chunk(large),        chunk(several),
                                          chunk("d"),   chunk("ata: x\n\n"), chunk(small + small + large)};
  for (std::size_t i = 0; i < expected.size(); ++i) {
    gates_[i + 1].open();
    EXPECT_EQ(client.read_some(), expected[i]) << i;
  }
}

TEST_F(Promptness, Case22_AnEventBeforeASilenceIsDeliveredAtOnce) {
  constexpr std::size_t events = 25;
  const std::string event = chunk("data: {\"a\":1}\n\n");
  std::vector<std::string> pieces(events, event);
  pieces[0] = events_head + event;
  start_sending(pieces);
  RawClient client(port());
  client.send(post(body));
  std::vector<Milliseconds> times;
  for (auto& gate : gates_) {
    const auto sent = steady_clock::now();
    gate.open();
    ASSERT_TRUE(client.read_some().ends_with(event));
    times.push_back(std::chrono::duration_cast<Milliseconds>(steady_clock::now() - sent));
  }
  std::ranges::sort(times);
  // A delayed acknowledgement alone would take 40 ms.
  EXPECT_LT(times[events / 2], Milliseconds(20));
}

TEST_F(Promptness, AHeadIsDeliveredBeforeItsBody) {
  start_sending({events_head, chunk("data: x\n\n")});
  RawClient client(port());
  client.send(post(body));
  gates_[0].open();
  const std::string head = client.read_some();
  EXPECT_TRUE(head.starts_with("HTTP/1.1 200 OK\r\n")) << head;
  EXPECT_TRUE(head.ends_with("\r\n\r\n")) << head;
  gates_[1].open();
  EXPECT_EQ(client.read_some(), chunk("data: x\n\n"));
}

TEST_F(Promptness, TheEndLeavesWithTheLastEvent) {
  start_sending({events_head + chunk("data: x\n\n"), chunk("data: [DONE]\n\n") + "0\r\n\r\n"});
  RawClient client(port());
  client.send(post(body));
  gates_[0].open();
  ASSERT_TRUE(client.read_some().ends_with(chunk("data: x\n\n")));
  gates_[1].open();
  EXPECT_EQ(client.read_some(), chunk("data: [DONE]\n\n") + "0\r\n\r\n");
}

TEST_F(Promptness, AWholeAnswerLeavesInOneWrite) {
  start_sending({ok(R"({"choices":[]})")});
  RawClient client(port());
  client.send(post(body));
  gates_[0].open();
  EXPECT_TRUE(client.read_some().ends_with("\r\n\r\n{\"choices\":[]}"));
}

}  // namespace
}  // namespace pointsman::test
