#include "pointsman/upstream/exchange.hpp"

#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <boost/asio/co_spawn.hpp>
#include <stdexcept>

namespace pointsman::upstream {
namespace {

// A server that does not take connections any more: its queue is full, so the kernel leaves the next one unanswered.
class FullServer {
 public:
  FullServer() : listener_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    auto* const raw = reinterpret_cast<sockaddr*>(&address);
    if (::bind(listener_, raw, size) != 0 || ::listen(listener_, 0) != 0 || ::getsockname(listener_, raw, &size) != 0) {
      throw std::runtime_error("no socket that listens");
    }
    for (int& each : queued_) {
      each = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
      ::connect(each, raw, size);
    }
    address_ = {raw, size};
  }
  ~FullServer() {
    for (const int each : queued_) ::close(each);
    ::close(listener_);
  }
  FullServer(const FullServer&) = delete;
  FullServer& operator=(const FullServer&) = delete;

  const net::asio::generic::stream_protocol::endpoint& address() const { return address_; }

 private:
  int listener_;
  int queued_[4] = {};
  net::asio::generic::stream_protocol::endpoint address_;
};

class Counting final : public Patience {
 public:
  explicit Counting(int lasts) : lasts_(lasts) {}
  bool is_over(bool was_sent) override {
    if (was_sent) ADD_FAILURE() << "nothing was";
    return ++asked == lasts_;
  }

  int asked = 0;

 private:
  int lasts_;
};

// What becomes of an attempt to connect, by the time that passed.
std::optional<Error> attempt(Patience& patience, Milliseconds time) {
  ManualClock clock;
  net::Worker worker(1, clock);
  Pool pool(worker);
  const http::Limits limits;
  const FullServer server;
  registry::SnapshotEndpoint endpoint;
  endpoint.name = "e";
  endpoint.url.scheme = "http";
  endpoint.addresses = {server.address()};
  endpoint.timeouts.connect = std::chrono::seconds(5);
  Exchange exchange(worker, pool, limits, endpoint);
  exchange.ask_after(std::chrono::seconds(1), patience);
  std::optional<Error> ended;
  const auto send = [&]() -> net::Task<> {
    const auto answered = co_await exchange.send({}, false);
    if (!answered) ended = answered.error();
  };
  net::asio::co_spawn(worker.executor(), send(), [](std::exception_ptr) {});
  worker.context().poll();
  for (; !ended && time > Milliseconds(0); time -= Exchange::asking_interval) {
    clock.advance(Exchange::asking_interval);
    worker.deadlines().sweep(clock.monotonic());
    worker.context().poll();
  }
  const auto result = ended;
  exchange.client_left();
  worker.context().poll();
  return result;
}

TEST(Exchange, ASilentConnectionIsGivenUpWhenPatienceIsOver) {
  Counting patience(3);
  const auto error = attempt(patience, std::chrono::seconds(4));
  ASSERT_TRUE(error);
  EXPECT_EQ(error->code, ErrorCode::timeout);
  EXPECT_TRUE(error->may_retry) << "nothing was sent";
  EXPECT_EQ(error->message, "endpoint e cannot be reached: no connection within 1400 ms");
  EXPECT_EQ(patience.asked, 3);
}

TEST(Exchange, UntilThenItHasAllItsTime) {
  Counting patience(1'000);
  EXPECT_FALSE(attempt(patience, std::chrono::milliseconds(4'800)));
  EXPECT_EQ(patience.asked, 20);
  Counting again(1'000);
  const auto error = attempt(again, std::chrono::seconds(10));
  ASSERT_TRUE(error);
  EXPECT_EQ(error->code, ErrorCode::timeout);
  EXPECT_NE(error->message.find("did not answer within 5000 ms"), std::string::npos) << error->message;
}

}  // namespace
}  // namespace pointsman::upstream
