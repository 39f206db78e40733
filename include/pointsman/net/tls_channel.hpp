#pragma once

#include <boost/asio/buffer.hpp>
#include <cstdint>
#include <span>

#include "pointsman/base/error.hpp"
#include "pointsman/net/handshake_failures.hpp"
#include "pointsman/net/task.hpp"
#include "pointsman/net/tls.hpp"

namespace pointsman::net {

// TLS on a connected socket that does not block. It never waits: its owner, a Stream, does, and asks again. Lives on
// the stream's worker.
class TlsChannel {
 public:
  // A null session is one that fails.
  TlsChannel(Ssl session, int socket);

  enum class Handshake : std::uint8_t { done, needs_to_read, needs_to_write, failed };
  Handshake shake_hands();
  // Why that failed: not_supported (what came is plain HTTP) or protocol (all else), in words.
  Error failure() const { return failure_; }
  // The same, as a server sees it.
  HandshakeFailure kind_of_failure() const { return kind_of_failure_; }

  // As Stream::read_some(): zero with would_block or eof. An end without the other side's close_notify is an error,
  // because anybody on the way can make one.
  std::size_t read(std::span<char> room, error_code& error);
  // What is taken at once, in as few records as it takes: small buffers leave together.
  std::size_t write(std::span<const asio::const_buffer> buffers, error_code& error);

  // There may be bytes here for which the socket does not become readable.
  bool has_buffered() const { return has_buffered_; }
  // read() could not go on because it had to write.
  bool reads_when_writable() const { return reads_when_writable_; }

  // Nothing has come but what TLS itself sends, such as tickets, which are taken in.
  bool is_quiet();
  // Says that nothing more will be written.
  void finish();

 private:
  error_code outcome(int result);
  Error explain(int reason) const;
  HandshakeFailure classify(int reason) const;

  Ssl ssl_;
  Error failure_;
  HandshakeFailure kind_of_failure_ = HandshakeFailure::other;
  bool has_buffered_ = false;
  bool reads_when_writable_ = false;
};

}  // namespace pointsman::net
