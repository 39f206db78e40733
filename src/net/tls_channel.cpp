#include "pointsman/net/tls_channel.hpp"

#include <openssl/err.h>
#include <openssl/sslerr.h>
#include <boost/asio/error.hpp>
#include <boost/asio/ssl/error.hpp>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

namespace pointsman::net {
namespace {

constexpr std::size_t record_size = SSL3_RT_MAX_PLAIN_LENGTH;

// A walk along buffers, one record's worth after the other.
class Records {
 public:
  explicit Records(std::span<const asio::const_buffer> buffers) : buffers_(buffers) {}

  bool done() {
    while (!buffers_.empty() && offset_ == buffers_.front().size()) {
      buffers_ = buffers_.subspan(1);
      offset_ = 0;
    }
    return buffers_.empty();
  }

  // The next bytes, not empty unless done(); moved together where one buffer holds too few.
  std::span<const char> next() {
    const auto here = rest_of_first();
    if (here.size() >= record_size) return here.first(record_size);
    if (buffers_.size() == 1) return here;
    std::size_t size = copy(here, 0);
    for (const auto& each : buffers_.subspan(1))
      size += copy({static_cast<const char*>(each.data()), each.size()}, size);
    return {together_.data(), size};
  }

  void consume(std::size_t bytes) {
    while (bytes > 0 && !done()) {
      const auto taken = std::min(bytes, rest_of_first().size());
      offset_ += taken;
      bytes -= taken;
    }
  }

 private:
  std::span<const char> rest_of_first() const {
    return std::span(static_cast<const char*>(buffers_.front().data()), buffers_.front().size()).subspan(offset_);
  }
  std::size_t copy(std::span<const char> bytes, std::size_t behind) {
    const auto size = std::min(bytes.size(), together_.size() - behind);
    if (size > 0) std::memcpy(together_.data() + behind, bytes.data(), size);
    return size;
  }

  std::span<const asio::const_buffer> buffers_;
  std::size_t offset_ = 0;
  std::array<char, record_size> together_;
};

Error failed(ErrorCode code, std::string what) { return {code, Origin::upstream, true, std::move(what)}; }

}  // namespace

TlsChannel::TlsChannel(Ssl session, int socket) : ssl_(std::move(session)) {
  if (ssl_ && SSL_set_fd(ssl_.get(), socket) == 1) return;
  failure_ = failed(ErrorCode::internal, "OpenSSL has no session: " + tls_error_text());
  ssl_.reset();
}

TlsChannel::Handshake TlsChannel::shake_hands() {
  if (!ssl_) return Handshake::failed;
  ERR_clear_error();
  const int result = SSL_do_handshake(ssl_.get());
  if (result == 1) {
    has_buffered_ = SSL_has_pending(ssl_.get()) == 1;
    return Handshake::done;
  }
  switch (const int reason = SSL_get_error(ssl_.get(), result)) {
    case SSL_ERROR_WANT_READ: return Handshake::needs_to_read;
    case SSL_ERROR_WANT_WRITE: return Handshake::needs_to_write;
    default:
      kind_of_failure_ = classify(reason);
      failure_ = explain(reason);
      return Handshake::failed;
  }
}

HandshakeFailure TlsChannel::classify(int reason) const {
  const auto code = ERR_peek_error();
  const auto failure = reason == SSL_ERROR_SYSCALL ? HandshakeFailure::left : handshake_failure_of(code);
  const bool said_nothing = BIO_number_read(SSL_get_rbio(ssl_.get())) == 0;
  return failure == HandshakeFailure::left && said_nothing ? HandshakeFailure::said_nothing : failure;
}

Error TlsChannel::explain(int reason) const {
  if (const auto distrusted = distrust(ssl_.get())) {
    return failed(ErrorCode::protocol, "the certificate is not to be trusted: " + distrusted->reason);
  }
  if (reason == SSL_ERROR_SYSCALL) return failed(ErrorCode::protocol, "the connection broke");
  switch (ERR_GET_REASON(ERR_peek_error())) {
    case SSL_R_HTTP_REQUEST:
    case SSL_R_HTTPS_PROXY_REQUEST: return failed(ErrorCode::not_supported, "what came is plain HTTP");
    case SSL_R_UNEXPECTED_EOF_WHILE_READING: return failed(ErrorCode::protocol, "the other side hung up");
    default: return failed(ErrorCode::protocol, tls_error_text());
  }
}

std::size_t TlsChannel::read(std::span<char> room, error_code& error) {
  ERR_clear_error();
  const int result = SSL_read(ssl_.get(), room.data(), static_cast<int>(room.size()));
  error = outcome(result);
  has_buffered_ = result > 0 && SSL_has_pending(ssl_.get()) == 1;
  reads_when_writable_ = result <= 0 && SSL_want_write(ssl_.get());
  return result > 0 ? static_cast<std::size_t>(result) : 0;
}

std::size_t TlsChannel::write(std::span<const asio::const_buffer> buffers, error_code& error) {
  std::size_t written = 0;
  error = error_code();
  // A write that has to be repeated must offer the same bytes again: records begin where the last one ended, so it
  // does.
  for (Records records(buffers); !records.done();) {
    const auto record = records.next();
    ERR_clear_error();
    const int result = SSL_write(ssl_.get(), record.data(), static_cast<int>(record.size()));
    error = outcome(result);
    if (error) break;
    records.consume(static_cast<std::size_t>(result));
    written += static_cast<std::size_t>(result);
  }
  return written;
}

bool TlsChannel::is_quiet() {
  char byte;
  ERR_clear_error();
  const int result = SSL_peek(ssl_.get(), &byte, 1);
  return result <= 0 && SSL_get_error(ssl_.get(), result) == SSL_ERROR_WANT_READ && SSL_has_pending(ssl_.get()) == 0;
}

void TlsChannel::finish() {
  ERR_clear_error();
  if (SSL_is_init_finished(ssl_.get())) SSL_shutdown(ssl_.get());
}

error_code TlsChannel::outcome(int result) {
  if (result > 0) return error_code();
  const int system = errno;
  switch (SSL_get_error(ssl_.get(), result)) {
    case SSL_ERROR_WANT_READ:
    case SSL_ERROR_WANT_WRITE: return asio::error::would_block;
    case SSL_ERROR_ZERO_RETURN: return asio::error::eof;
    case SSL_ERROR_SYSCALL:
      return system != 0 ? error_code(system, boost::system::system_category()) : asio::error::connection_reset;
    default: break;
  }
  const auto code = ERR_get_error();
  if (ERR_GET_REASON(code) == SSL_R_UNEXPECTED_EOF_WHILE_READING) return asio::ssl::error::stream_truncated;
  return error_code(static_cast<int>(code), asio::error::get_ssl_category());
}

}  // namespace pointsman::net
