#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <functional>
#include <iostream>
#include <string>
#include <thread>
#include <utility>

#include "support/behind_gateway.hpp"
#include "support/eventually.hpp"
#include "support/receive_queue.hpp"
#include "support/wire.hpp"

// A client that leaves takes its request along (case 24): the endpoint sees its connection closed at once, whatever
// was going on. Measured as the median of several tries, since a loaded machine may delay one of them.
namespace pointsman::test {
namespace {

using boost::asio::awaitable;
using std::chrono::steady_clock;

constexpr const char* body = R"({"model":"m"})";
constexpr int tries = 7;
constexpr Milliseconds at_once{100};
constexpr Milliseconds patience{10'000};
constexpr std::chrono::microseconds pause{500};  // between two looks at what the other process does

class LeavingClient : public BehindGateway {
 protected:
  // Without probes, which open and close connections as well.
  void start_unprobed(Script script, demo::ScriptedServer::Options upstream = {}) {
    start({{chat_route, std::move(script)}}, {.file = "probe: {interval: 1h}\n", .upstream = upstream});
  }

  using Leave = void (*)(RawClient&);
  static void by_closing(RawClient& client) { client.close(); }
  static void by_reset(RawClient& client) { client.reset(); }

  // How long it takes from the client's leaving until the endpoint's connection is closed. `prepare` sends a request
  // and returns when it is where it shall be left.
  Milliseconds time_to_close(const std::function<void(RawClient&)>& prepare, Leave leave) {
    RawClient client(port());
    prepare(client);
    const auto open = open_there(upstream_->port());
    EXPECT_GT(open, 0u);
    const auto left = steady_clock::now();
    leave(client);
    const auto is_closed = [&] { return open_there(upstream_->port()) < open; };
    while (!is_closed() && steady_clock::now() < left + patience) std::this_thread::sleep_for(pause);
    EXPECT_TRUE(is_closed());
    return std::chrono::duration_cast<Milliseconds>(steady_clock::now() - left);
  }

  void expect_at_once(const std::function<void(RawClient&)>& prepare) {
    for (const Leave leave : {by_closing, by_reset}) {
      std::vector<Milliseconds> times;
      std::string printed;
      for (int i = 0; i < tries; ++i) {
        times.push_back(time_to_close(prepare, leave));
        ASSERT_FALSE(HasFailure()) << "after " << times.back().count() << " ms";
        printed += std::to_string(times.back().count()) + " ";
      }
      std::ranges::sort(times);
      const auto median = times[times.size() / 2];
      std::cout << (leave == by_reset ? "by reset" : "by closing") << ", ms: " << printed << "\n";
      EXPECT_LT(median, at_once) << printed;
    }
  }

  void wait_for_request_upstream(std::size_t before) const {
    ASSERT_TRUE(upstream_->server().wait_for([&](const auto& seen) { return seen.requests > before; }, patience));
  }
  // What nobody reads, and does not grow from one look to the next, is stuck.
  void wait_until_stuck(std::size_t (*unread)(std::uint16_t)) const {
    std::size_t now = 0;
    ASSERT_TRUE(eventually([&] {
      const auto before = std::exchange(now, unread(upstream_->port()));
      return now > 0 && now == before;
    }));
  }
  int logged(const std::string& text) const {
    const std::string output = gateway_->process().output();
    int count = 0;
    for (auto at = output.find(text); at != std::string::npos; at = output.find(text, at + 1)) ++count;
    return count;
  }
  std::size_t seen_upstream() const { return upstream_->server().seen().requests; }
};

TEST_F(LeavingClient, Case24_WhileItWaitsForTheHead) {
  start_unprobed([](Conversation& conversation) { return conversation.until_client_leaves(); });
  expect_at_once([&](RawClient& client) {
    const auto before = seen_upstream();
    client.send(post(body));
    wait_for_request_upstream(before);
  });
}

// The end comes with the request, so that nothing announces it later on (ADR 0007).
TEST_F(LeavingClient, Case24_InTheSameBreath) {
  start_unprobed([](Conversation& conversation) { return conversation.until_client_leaves(); });
  std::vector<Milliseconds> times;
  for (int i = 0; i < tries; ++i) {
    const auto before = upstream_->server().seen().abandoned;
    RawClient client(port());
    // The first edges of a connection would tell of the end as well: they are over when the log has its first request.
    client.send(get("/healthz"));
    // All of it: closing over unread bytes would reset the connection, and the request with it.
    ASSERT_EQ(client.read_response().status(), 200);
    ASSERT_TRUE(eventually([&] { return logged("/healthz") > i; }));
    const auto left = steady_clock::now();
    client.send_and_close(post(body));
    ASSERT_TRUE(upstream_->server().wait_for([&](const auto& now) { return now.abandoned > before; }, patience));
    times.push_back(std::chrono::duration_cast<Milliseconds>(steady_clock::now() - left));
  }
  std::ranges::sort(times);
  EXPECT_LT(times[times.size() / 2], at_once);
}

TEST_F(LeavingClient, Case24_InMidStream) {
  start_unprobed([](Conversation& conversation) -> awaitable<void> {
    std::string begun = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + chunk("data: {}\n\n");
    co_await conversation.send(std::move(begun));
    co_await conversation.until_client_leaves();
  });
  expect_at_once([&](RawClient& client) {
    client.send(post(body));
    std::string came;
    while (came.find("data: {}\n\n\r\n") == std::string::npos) came += client.read_some();
  });
}

TEST_F(LeavingClient, Case24_WhileItIsSentManyEvents) {
  start_unprobed([](Conversation& conversation) -> awaitable<void> {
    std::string begun = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
    co_await conversation.send(std::move(begun));
    for (;;) {
      co_await conversation.send(chunk("data: {}\n\n"));
      co_await conversation.pause(Milliseconds(1));
    }
  });
  expect_at_once([&](RawClient& client) {
    client.send(post(body));
    for (int i = 0; i < 5; ++i) client.read_some();
  });
}

// The client has stopped to read; its answer fills every buffer on the way.
TEST_F(LeavingClient, Case24_WhileItsAnswerIsStuck) {
  const std::string large(64 << 20, 'x');
  start_unprobed(
      [&](Conversation& conversation) -> awaitable<void> {
        std::string answer = ok(large);
        co_await conversation.send(std::move(answer));
      },
      {.keep_requests = false});
  expect_at_once([&](RawClient& client) {
    client.send(post(body));
    ASSERT_NE(client.read_some(), "");
    wait_until_stuck(unread_there);
  });
}

// The endpoint has stopped to read; the request fills every buffer on the way.
TEST_F(LeavingClient, Case24_WhileItsRequestIsStuck) {
  const std::string large = R"({"model":"m","x":")" + std::string(30 << 20, 'x') + "\"}";
  demo::Gate never;
  start_unprobed([&](Conversation& conversation) { return conversation.wait(never); },
                 {.begin_with_head = true, .keep_requests = false});
  expect_at_once([&](RawClient& client) {
    const auto before = seen_upstream();
    client.send(post(large));
    wait_for_request_upstream(before);
    wait_until_stuck(unread_here);
  });
}

// More than the gateway reads ahead.
TEST_F(LeavingClient, Case24_WithManyRequestsBehindTheFirst) {
  start_unprobed([](Conversation& conversation) { return conversation.until_client_leaves(); });
  std::string requests;
  while (requests.size() < 300'000) requests += post(R"({"model":"m","x":")" + std::string(2'000, 'x') + "\"}");
  expect_at_once([&](RawClient& client) {
    const auto before = seen_upstream();
    client.send(requests);
    wait_for_request_upstream(before);
  });
}

TEST_F(LeavingClient, Case24_IsNoFaultOfTheEndpoint) {
  start_unprobed([](Conversation& conversation) -> awaitable<void> {
    if (conversation.request().body.find("begin") != std::string::npos) {
      std::string begun = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + chunk("data: {}\n\n");
      co_await conversation.send(std::move(begun));
    }
    co_await conversation.until_client_leaves();
  });
  for (const bool in_mid_stream : {false, true}) {
    const auto before = upstream_->server().seen().abandoned;
    const auto seen = seen_upstream();
    RawClient client(port());
    client.send(post(in_mid_stream ? R"({"model":"m","x":"begin"})" : body));
    wait_for_request_upstream(seen);
    if (in_mid_stream) ASSERT_NE(client.read_some(), "");
    client.close();
    EXPECT_TRUE(upstream_->server().wait_for([&](const auto& now) { return now.abandoned > before; }, patience));
  }
  EXPECT_EQ(gateway_->stop(), 0);
  EXPECT_EQ(gateway_->process().output().find("an endpoint failed"), std::string::npos);
}

}  // namespace
}  // namespace pointsman::test
