#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "pointsman/base/clock.hpp"

namespace pointsman::net {

// Why a client's TLS handshake came to nothing.
enum class HandshakeFailure : std::uint8_t {
  not_tls,    // what came is plain HTTP, or noise
  no_trust,   // the client does not take our certificate
  version,    // there is no version of TLS that both speak
  left,       // the client hung up in the middle of it
  timed_out,  // it did not go on
  other,
  said_nothing,  // the client hung up before it began, as those do that only look whether we listen: no failure
};
inline constexpr std::size_t kinds_of_handshake_failures = 6;  // those that are some

std::string_view name(HandshakeFailure failure);         // a metric's label: "not_tls"
std::string_view description(HandshakeFailure failure);  // "it does not trust the certificate"

// What OpenSSL's code for an error says of it, on the server's side.
HandshakeFailure handshake_failure_of(unsigned long code);

// The TLS handshakes of clients that failed: counts them, and decides when they are worth a line in the log, which
// anybody could fill by failing. No I/O. From any thread.
class HandshakeFailures {
 public:
  static constexpr Milliseconds between_lines{10'000};

  struct News {
    std::uint64_t failures = 0;                       // since the line before
    HandshakeFailure last = HandshakeFailure::other;  // the reason of the last one of them
    std::string client;                               // whose that was
  };

  void failed(HandshakeFailure failure, std::string client);
  // What is to be said now, which is then said.
  std::optional<News> news(MonotonicTime now);

  std::uint64_t count(HandshakeFailure failure) const;

 private:
  mutable std::mutex mutex_;
  std::array<std::uint64_t, kinds_of_handshake_failures> counts_{};
  News unsaid_;
  std::optional<MonotonicTime> said_at_;
};

}  // namespace pointsman::net
