#include "pointsman/demo/conversation.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/system/system_error.hpp>
#include <utility>

namespace asio = boost::asio;

namespace pointsman::demo {

namespace {

constexpr std::size_t read_bytes = 64 * 1024;

[[noreturn]] void throw_client_left() {
  throw boost::system::system_error(make_error_code(asio::error::connection_aborted), "the client left");
}

}  // namespace

Conversation::Conversation(asio::ip::tcp::socket socket, std::size_t connection)
    : socket_(std::move(socket)), connection_(connection) {
  boost::system::error_code ignored;  // without it a later write may wait for an acknowledgement, no more
  socket_.set_option(asio::ip::tcp::no_delay(true), ignored);
}

asio::awaitable<void> Conversation::send(std::string bytes) {
  const auto [error, sent] =
      co_await asio::async_write(socket_, asio::buffer(bytes), asio::as_tuple(asio::use_awaitable));
  if (error) {
    client_left_ = true;
    throw_client_left();
  }
}

asio::awaitable<void> Conversation::read_body() {
  if (reader_.state() != MessageReader::State::body) co_return;
  while (reader_.state() == MessageReader::State::body) {
    if (received_.empty() && !co_await read_more()) {
      client_left_ = true;
      reader_.end();
      throw_client_left();
    }
    received_.erase(0, reader_.feed(received_));
  }
  if (reader_.state() == MessageReader::State::broken) {
    fault_ = reader_.fault();
    reset();
    throw_client_left();
  }
  static_cast<Message&>(request_) = reader_.message();
}

asio::awaitable<std::string> Conversation::receive() {
  if (received_.empty() && !co_await read_more()) client_left_ = true;
  co_return std::exchange(received_, {});
}

asio::awaitable<void> Conversation::until_client_leaves() {
  while (co_await read_more()) {
  }
  client_left_ = true;
}

asio::awaitable<void> Conversation::wait(Gate gate) { co_await gate.passed(); }

asio::awaitable<void> Conversation::pause(Milliseconds duration) {
  if (duration == Milliseconds::zero()) co_return;
  asio::steady_timer timer(socket_.get_executor(), duration);
  co_await timer.async_wait(asio::use_awaitable);
}

void Conversation::close() {
  boost::system::error_code ignored;  // the client may have been quicker
  socket_.shutdown(asio::ip::tcp::socket::shutdown_both, ignored);
  socket_.close(ignored);
}

void Conversation::reset() {
  boost::system::error_code ignored;
  socket_.set_option(asio::socket_base::linger(true, 0), ignored);
  socket_.close(ignored);
}

asio::awaitable<bool> Conversation::next_request() {
  reader_ = MessageReader(MessageReader::Expect::request);
  while (true) {
    received_.erase(0, reader_.feed_head(received_));
    if (reader_.state() == MessageReader::State::broken) {
      fault_ = reader_.fault();
      co_return false;
    }
    if (reader_.state() != MessageReader::State::head) break;
    if (!co_await read_more()) {
      if (!reader_.message().raw.empty()) fault_ = "the connection ended within the head of a request";
      co_return false;
    }
  }
  static_cast<Message&>(request_) = reader_.message();
  ++turn_;
  co_return true;
}

// False when nothing more will come.
asio::awaitable<bool> Conversation::read_more() {
  const auto before = received_.size();
  received_.resize(before + read_bytes);
  const auto [error, got] = co_await socket_.async_read_some(asio::buffer(received_.data() + before, read_bytes),
                                                             asio::as_tuple(asio::use_awaitable));
  received_.resize(before + got);
  co_return !error;
}

}  // namespace pointsman::demo
