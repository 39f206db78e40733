#include "pointsman/net/handshake_failures.hpp"

#include <openssl/err.h>
#include <openssl/sslerr.h>

#include <utility>

namespace pointsman::net {

std::string_view name(HandshakeFailure failure) {
  switch (failure) {
    case HandshakeFailure::not_tls: return "not_tls";
    case HandshakeFailure::no_trust: return "no_trust";
    case HandshakeFailure::version: return "version";
    case HandshakeFailure::left: return "left";
    case HandshakeFailure::timed_out: return "timed_out";
    case HandshakeFailure::other: return "other";
    case HandshakeFailure::said_nothing: return "said_nothing";
  }
  return "";
}

std::string_view description(HandshakeFailure failure) {
  switch (failure) {
    case HandshakeFailure::not_tls: return "it speaks no TLS; with https:// in its URL it would";
    case HandshakeFailure::no_trust:
      return "it does not trust the listener's certificate; let it trust the authority that signed it, and use a name "
             "that is in it";
    case HandshakeFailure::version: return "it speaks TLS 1.1 or older only; it needs 1.2";
    case HandshakeFailure::left: return "it hung up in the middle of it";
    case HandshakeFailure::timed_out: return "it did not go on with it in time";
    case HandshakeFailure::other: return "it speaks TLS in another way, such as for HTTP/2 only, or is broken";
    case HandshakeFailure::said_nothing: return "it hung up before it began";
  }
  return "";
}

HandshakeFailure handshake_failure_of(unsigned long code) {
  switch (ERR_GET_REASON(code)) {
    case SSL_R_HTTP_REQUEST:
    case SSL_R_HTTPS_PROXY_REQUEST:
    case SSL_R_WRONG_VERSION_NUMBER:
    case SSL_R_UNKNOWN_PROTOCOL: return HandshakeFailure::not_tls;
    case SSL_R_TLSV1_ALERT_UNKNOWN_CA:
    case SSL_R_TLSV1_ALERT_DECRYPT_ERROR:  // it trusts another authority of the same name
    case SSL_R_SSLV3_ALERT_BAD_CERTIFICATE:
    case SSL_R_SSLV3_ALERT_UNSUPPORTED_CERTIFICATE:
    case SSL_R_SSLV3_ALERT_CERTIFICATE_REVOKED:
    case SSL_R_SSLV3_ALERT_CERTIFICATE_EXPIRED:
    case SSL_R_SSLV3_ALERT_CERTIFICATE_UNKNOWN: return HandshakeFailure::no_trust;
    case SSL_R_UNSUPPORTED_PROTOCOL:
    case SSL_R_VERSION_TOO_LOW:
    case SSL_R_TLSV1_ALERT_PROTOCOL_VERSION: return HandshakeFailure::version;
    case SSL_R_UNEXPECTED_EOF_WHILE_READING: return HandshakeFailure::left;
    default: return HandshakeFailure::other;
  }
}

void HandshakeFailures::failed(HandshakeFailure failure, std::string client) {
  if (failure == HandshakeFailure::said_nothing) return;
  const std::lock_guard lock(mutex_);
  ++counts_[static_cast<std::size_t>(failure)];
  unsaid_ = {unsaid_.failures + 1, failure, std::move(client)};
}

std::optional<HandshakeFailures::News> HandshakeFailures::news(MonotonicTime now) {
  const std::lock_guard lock(mutex_);
  if (unsaid_.failures == 0 || (said_at_ && now - *said_at_ < between_lines)) return std::nullopt;
  said_at_ = now;
  return std::exchange(unsaid_, {});
}

std::uint64_t HandshakeFailures::count(HandshakeFailure failure) const {
  const std::lock_guard lock(mutex_);
  return counts_[static_cast<std::size_t>(failure)];
}

}  // namespace pointsman::net
