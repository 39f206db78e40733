#pragma once

#include <gtest/gtest.h>
#include <linux/sockios.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <boost/asio/ip/tcp.hpp>
#include <future>
#include <memory>
#include <semaphore>
#include <string>
#include <utility>

#include "../../support/eventually.hpp"
#include "pointsman/http/connection.hpp"
#include "pointsman/net/event.hpp"

// A connection that is served over TCP, with a handler that echoes and a blocking client at its other end.
namespace pointsman::http {

using Signal = std::counting_semaphore<>;

inline net::Task<bool> answer(Connection& client, int status, std::string_view body) {
  Answer whole;
  whole.status = status;
  whole.body = body;
  co_return co_await client.answer(whole);
}

inline bool came(Signal& signal) { return signal.try_acquire_for(std::chrono::seconds(10)); }

// Answers with the path and the body that came, or with the name of the error. Waits for release() where the path is
// /held, listening for the client's leaving, or /unheard, beginning to listen after it.
class Echo final : public Handler, private LeaveListener {
 public:
  explicit Echo(net::Worker& worker) : worker_(worker) {}

  net::Task<> handle(Connection& client) override {
    current_ = &client;
    const std::string path(client.head().path);
    const auto body = co_await client.read_body();
    std::string text(body ? path : name(body.error().code));
    if (body && !body->empty()) text.append(" ").append(*body);
    if (path == "/large") text.resize(std::size_t{32} << 20);
    const bool listens_late = path == "/unheard";
    if (path == "/held" || listens_late) {
      if (!listens_late) client.notify_leave(this);
      client.release_request();
      waiting.release();
      co_await released_.wait();
      if (listens_late) client.notify_leave(this);
    }
    if (!co_await answer(client, body ? 200 : 400, text)) given_up.release();
  }
  net::Task<> refuse(Connection& client, const Rejection& rejection) override {
    co_await answer(client, rejection.status, rejection.reason);
  }

  // On the worker.
  void release() { released_.notify(); }
  bool client_has_left() const { return current_->client_left(); }

  Signal waiting{0};   // for release()
  Signal left{0};      // the client, as the listener was told
  Signal given_up{0};  // an answer that could not be written

 private:
  void client_left() override {
    left.release();
    worker_.post([this] { release(); });
  }

  net::Worker& worker_;
  net::Event released_;
  Connection* current_ = nullptr;
};

// The other end of a connection. Reads and writes what it is told, and waits ten seconds at most.
class Client {
 public:
  explicit Client(int descriptor) : descriptor_(descriptor) {
    const timeval patience{10, 0};
    ::setsockopt(descriptor_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  }
  ~Client() { close(); }
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  void send(std::string_view bytes) {
    const auto sent = ::send(descriptor_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    ASSERT_EQ(sent, static_cast<ssize_t>(bytes.size()));
  }

  // The next answer's status and body, or what came instead of it: closed, reset, cut (in its middle) or silence.
  std::string next() {
    std::size_t head_end = 0;
    while ((head_end = received_.find("\r\n\r\n")) == std::string::npos) {
      if (!receive()) return received_.empty() ? end_ : "cut";
    }
    head_ = received_.substr(0, head_end + 2);
    received_.erase(0, head_end + 4);
    constexpr std::string_view length_field = "\r\nContent-Length: ";
    const auto length_at = head_.find(length_field);
    const std::size_t length =
        length_at == std::string::npos ? 0 : std::stoul(head_.substr(length_at + length_field.size()));
    while (received_.size() < length) {
      if (!receive()) return "cut";
    }
    const std::string body = received_.substr(0, length);
    received_.erase(0, length);
    return head_.substr(9, 3) + (body.empty() ? "" : " ") + body;
  }
  bool last_was_announced() const { return head_.find("\r\nConnection: close\r\n") != std::string::npos; }
  bool hears_something() const {
    pollfd waited{descriptor_, POLLIN, 0};
    return !received_.empty() || ::poll(&waited, 1, 0) > 0;
  }

  void end_sending() { ::shutdown(descriptor_, SHUT_WR); }
  void close() {
    if (descriptor_ >= 0) ::close(std::exchange(descriptor_, -1));
  }
  void reset() {
    const linger at_once{1, 0};
    ::setsockopt(descriptor_, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    close();
  }

  // Whether all that was sent is at the other end.
  bool has_arrived() const {
    int on_the_way = 0;
    return ::ioctl(descriptor_, SIOCOUTQ, &on_the_way) != 0 || on_the_way == 0;
  }

 private:
  bool receive() {
    char bytes[65536];
    const auto size = ::recv(descriptor_, bytes, sizeof bytes, 0);
    if (size > 0) received_.append(bytes, static_cast<std::size_t>(size));
    if (size <= 0) end_ = size == 0 ? "closed" : errno == ECONNRESET ? "reset" : "silence";
    return size > 0;
  }

  int descriptor_;
  std::string received_;
  std::string head_;  // of the last answer, with its last line's end
  std::string end_;
};

// A worker that serves connections with these limits, and whose time a test lets pass.
class Site {
 public:
  explicit Site(const Limits& limits, std::size_t budget = std::size_t{1} << 30) : limits_(limits), budget_(budget) {
    worker_.every_tick([this] {
      ++ticks_;
      ticks_.notify_all();
    });
    worker_.start();
  }
  ~Site() {
    release();
    worker_.stop();
  }

  template <class Function>
  auto on_worker(Function function) {
    std::packaged_task<std::invoke_result_t<Function>()> task(std::move(function));
    auto outcome = task.get_future();
    worker_.post([task = std::move(task)]() mutable { task(); });
    return outcome.get();
  }

  std::unique_ptr<Client> connect() {
    using net::asio::ip::tcp;
    net::asio::io_context context;
    tcp::acceptor acceptor(context, {net::asio::ip::address_v4::loopback(), 0});
    tcp::socket client(context);
    client.connect(acceptor.local_endpoint());
    served_ = acceptor.accept().release();
    on_worker([&] {
      ++worker_.connections();
      net::Socket socket(worker_.executor(), {AF_INET, IPPROTO_TCP}, served_);
      Connection::serve(worker_, std::move(socket), std::nullopt, limits_, budget_, echo_);
    });
    return std::make_unique<Client>(client.release());
  }

  // Until the connection made last has read what its client sent, and did with it what it does.
  void settle(const Client& client) {
    EXPECT_TRUE(test::eventually([&] {
      return client.has_arrived() && on_worker([&] {
               int unread = 0;
               return ::ioctl(served_, FIONREAD, &unread) != 0 || unread == 0;
             });
    }));
  }
  // Settles, lets time pass and the worker see that it did. Of two ticks one began afterwards.
  void pass(const Client& client, Milliseconds time) {
    settle(client);
    clock_.advance(time);
    for (int tick = 0; tick < 2; ++tick) ticks_.wait(ticks_.load());
    settle(client);
  }

  void release() {
    on_worker([this] { echo_.release(); });
  }

  Echo& echo() { return echo_; }
  std::size_t connections() { return worker_.connections(); }
  bool is_empty() {
    return test::eventually([this] { return connections() == 0; });
  }
  std::size_t buffered() const { return budget_.used(); }

 private:
  const Limits limits_;
  net::Budget budget_;
  ManualClock clock_;
  std::atomic<int> ticks_{0};
  net::Worker worker_{0, clock_};
  Echo echo_{worker_};
  int served_ = -1;
};

inline std::string get(const std::string& path) { return "GET " + path + " HTTP/1.1\r\nHost: x\r\n\r\n"; }

inline std::string post(const std::string& fields, const std::string& body = "") {
  return "POST / HTTP/1.1\r\nHost: x\r\n" + fields + "\r\n" + body;
}

inline std::string sized(std::size_t length, const std::string& body = "") {
  return post("Content-Length: " + std::to_string(length) + "\r\n", body);
}

inline std::string chunked(const std::string& body) { return post("Transfer-Encoding: chunked\r\n", body); }

}  // namespace pointsman::http
