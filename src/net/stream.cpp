#include "pointsman/net/stream.hpp"

#include <openssl/err.h>
#include <sys/socket.h>
#include <boost/asio/error.hpp>
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
  if (!ssl_) return socket_.read_some(asio::buffer(room.data(), room.size()), error);
  const int result = SSL_read(ssl_.get(), room.data(), static_cast<int>(room.size()));
  error = result > 0 ? error_code() : tls_result(result);
  return result > 0 ? static_cast<std::size_t>(result) : 0;
}

Task<error_code> Stream::write(ConstBuffers buffers) {
  error_code error;
  const std::size_t total = asio::buffer_size(buffers);
  std::size_t written = write_some(buffers, error);
  if (written == total) co_return error_code();
  if (error && error != asio::error::would_block) co_return error;

  unsent_.clear();
  unsent_.reserve(total - written);
  for (const auto& each : buffers) {
    const std::size_t skipped = std::min(written, each.size());
    written -= skipped;
    unsent_.append({static_cast<const char*>(each.data()) + skipped, each.size() - skipped});
  }
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

std::size_t Stream::write_some(ConstBuffers buffers, error_code& error) {
  return ssl_ ? write_tls(buffers, error) : socket_.write_some(buffers, error);
}

std::size_t Stream::write_tls(ConstBuffers buffers, error_code& error) {
  std::size_t written = 0;
  for (const auto& each : buffers) {
    for (std::size_t sent = 0; sent < each.size();) {
      const auto* bytes = static_cast<const char*>(each.data()) + sent;
      const int result = SSL_write(ssl_.get(), bytes, static_cast<int>(each.size() - sent));
      if (result <= 0) {
        error = tls_result(result);
        return written;
      }
      sent += static_cast<std::size_t>(result);
      written += static_cast<std::size_t>(result);
    }
  }
  error = error_code();
  return written;
}

Task<std::string> Stream::start_tls(Ssl session) {
  ssl_ = std::move(session);
  if (!ssl_ || SSL_set_fd(ssl_.get(), socket_.native_handle()) != 1) co_return tls_error_text();
  SSL_set_connect_state(ssl_.get());
  for (;;) {
    ERR_clear_error();
    const int result = SSL_do_handshake(ssl_.get());
    if (result == 1) co_return std::string();
    const int reason = SSL_get_error(ssl_.get(), result);
    if (reason == SSL_ERROR_WANT_READ) {
      const auto [error] = co_await readable();
      if (error) co_return error.message();
    } else if (reason == SSL_ERROR_WANT_WRITE) {
      const auto [error] = co_await writable();
      if (error) co_return error.message();
    } else {
      const long verdict = SSL_get_verify_result(ssl_.get());
      co_return verdict != X509_V_OK ? std::string(X509_verify_cert_error_string(verdict)) : tls_error_text();
    }
  }
}

error_code Stream::tls_result(int result) {
  switch (SSL_get_error(ssl_.get(), result)) {
    case SSL_ERROR_WANT_READ:
    case SSL_ERROR_WANT_WRITE: return asio::error::would_block;
    case SSL_ERROR_ZERO_RETURN: return asio::error::eof;
    default: ERR_clear_error(); return asio::error::connection_reset;
  }
}

bool Stream::is_quiet() {
  if (!is_open() || has_buffered()) return false;
  char byte;
  const auto result = ::recv(socket_.native_handle(), &byte, 1, MSG_PEEK | MSG_DONTWAIT);
  return result < 0 && (errno == EAGAIN || errno == EWOULDBLOCK);
}

void Stream::close() {
  error_code ignored;
  socket_.close(ignored);
}

void Stream::abort() {
  error_code ignored;
  socket_.set_option(asio::socket_base::linger(true, 0), ignored);
  socket_.close(ignored);
}

void Stream::finish() {
  error_code ignored;
  if (ssl_) SSL_shutdown(ssl_.get());
  socket_.shutdown(Socket::shutdown_send, ignored);
}

void Stream::expired() {
  timed_out_ = true;
  close();
}

}  // namespace pointsman::net
