#include "pointsman/net/stream.hpp"

#include <poll.h>
#include <sys/socket.h>
#include <boost/asio/deferred.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/experimental/parallel_group.hpp>
#include <boost/asio/ip/tcp.hpp>

#include <algorithm>

namespace pointsman::net {

Stream::Stream(Worker& worker, Socket socket) : worker_(worker), socket_(std::move(socket)) {
  error_code ignored;
  socket_.non_blocking(true, ignored);
  int family = AF_UNSPEC;
  socklen_t size = sizeof family;
  ::getsockopt(socket_.native_handle(), SOL_SOCKET, SO_DOMAIN, &family, &size);
  if (family == AF_INET || family == AF_INET6) socket_.set_option(asio::ip::tcp::no_delay(true), ignored);
  worker_.deadlines().add(*this);
}

std::size_t Stream::read_some(std::span<char> room, error_code& error) {
  if (tls_) return tls_->read(room, error);
  const auto bytes = socket_.read_some(asio::buffer(room.data(), room.size()), error);
  drained_ = bytes < room.size();
  return bytes;
}

error_code Stream::put(ConstBuffers buffers) {
  error_code error;
  const std::size_t total = asio::buffer_size(buffers);
  std::size_t written = write_some(buffers, error);
  if (written == total) return error_code();
  if (error && error != asio::error::would_block) return error;

  unsent_.reserve(total - written);
  for (const auto& each : buffers) {
    const std::size_t skipped = std::min(written, each.size());
    written -= skipped;
    unsent_.append({static_cast<const char*>(each.data()) + skipped, each.size() - skipped});
  }
  return error_code();
}

Task<error_code> Stream::flush() {
  error_code error;
  for (std::size_t sent = 0; sent < unsent_.size();) {
    const auto [failed] = co_await writable();
    if (failed) co_return failed;
    const std::array rest{asio::const_buffer(unsent_.data() + sent, unsent_.size() - sent)};
    sent += write_some(rest, error);
    if (error && error != asio::error::would_block) co_return error;
  }
  unsent_.release();
  co_return error_code();
}

Task<error_code> Stream::write(ConstBuffers buffers) {
  const auto error = put(buffers);
  if (error || !has_unsent()) co_return error;
  co_return co_await flush();
}

void Stream::begin_write(ConstBuffers buffers) {
  write_error_ = error_code();
  write_further(buffers);
}

void Stream::write_further(ConstBuffers buffers) {
  error_code error;
  std::size_t written = write_some(buffers, error);
  if (error && error != asio::error::would_block) write_error_ = error;
  for (; !buffers.empty() && written >= buffers.front().size(); buffers = buffers.subspan(1)) {
    written -= buffers.front().size();
  }
  // Another vector, because nearly always nothing is left, which then takes no memory for as long as the answer
  // streams.
  std::vector<asio::const_buffer> left(buffers.begin(), buffers.end());
  if (!left.empty()) left.front() += written;
  unwritten_ = std::move(left);
}

Task<std::tuple<error_code>> Stream::listen_while_writing() {
  while (is_writing()) {
    const auto [order, unreadable, unwritable] =
        co_await asio::experimental::make_parallel_group(socket_.async_wait(Socket::wait_read, asio::deferred),
                                                         socket_.async_wait(Socket::wait_write, asio::deferred))
            .async_wait(asio::experimental::wait_for_one(), use_task);
    if (order[0] == 0 || unwritable) co_return std::tuple(order[0] == 0 ? unreadable : unwritable);
    write_further(unwritten_);
  }
  co_return co_await readable();
}

std::size_t Stream::write_some(ConstBuffers buffers, error_code& error) {
  return tls_ ? tls_->write(buffers, error) : socket_.write_some(buffers, error);
}

Task<Result<void>> Stream::start_tls(Ssl session) {
  tls_ = std::make_unique<TlsChannel>(std::move(session), socket_.native_handle());
  for (;;) {
    const auto handshake = tls_->shake_hands();
    if (handshake == TlsChannel::Handshake::done) co_return Result<void>();
    Error failure = tls_->failure();
    handshake_failure_ = tls_->kind_of_failure();
    if (handshake != TlsChannel::Handshake::failed) {
      const bool reads = handshake == TlsChannel::Handshake::needs_to_read;
      const auto [error] = co_await socket_.async_wait(reads ? Socket::wait_read : Socket::wait_write, use_task_tuple);
      const bool was_closed = !tls_;
      if (!error && !was_closed) continue;
      handshake_failure_ = timed_out_ ? HandshakeFailure::timed_out : HandshakeFailure::left;
      failure = {ErrorCode::protocol, Origin::upstream, true, error ? error.message() : "it was closed"};
    }
    tls_.reset();
    co_return failure;
  }
}

bool Stream::is_quiet() {
  if (!is_open()) return false;
  if (tls_) return tls_->is_quiet();
  char byte;
  const auto result = ::recv(socket_.native_handle(), &byte, 1, MSG_PEEK | MSG_DONTWAIT);
  return result < 0 && (errno == EAGAIN || errno == EWOULDBLOCK);
}

// OpenSSL knows the socket by its number only, which soon is somebody else's.
void Stream::close() {
  tls_.reset();
  error_code ignored;
  socket_.close(ignored);
}

void Stream::abort() {
  error_code ignored;
  socket_.set_option(asio::socket_base::linger(true, 0), ignored);
  close();
}

PeerAddress Stream::peer() const {
  error_code ignored;
  return socket_.remote_endpoint(ignored);
}

void Stream::finish() {
  error_code ignored;
  if (tls_) tls_->finish();
  socket_.shutdown(Socket::shutdown_send, ignored);
}

bool Stream::is_broken() const {
  pollfd state{const_cast<EdgeSocket&>(socket_).native_handle(), 0, 0};
  return ::poll(&state, 1, 0) > 0 && (state.revents & (POLLHUP | POLLERR)) != 0;
}

void Stream::interrupt() {
  error_code ignored;
  socket_.cancel(ignored);
}

void Stream::expired() {
  timed_out_ = true;
  interrupts_ ? interrupt() : close();
}

}  // namespace pointsman::net
