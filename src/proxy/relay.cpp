#include "pointsman/proxy/relay.hpp"

#include <array>
#include <boost/asio/error.hpp>
#include <charconv>

#include "pointsman/http/chunk_decoder.hpp"
#include "pointsman/proxy/heads.hpp"

namespace pointsman::proxy {
namespace {

using net::asio::const_buffer;

const_buffer buffer(std::string_view text) { return {text.data(), text.size()}; }

// Takes the endpoint's framing off what comes.
class IncomingBody {
 public:
  IncomingBody(const http::Framing& framing, const http::Limits& limits)
      : kind_(framing.kind), left_(framing.length), decoder_(limits) {
    done_ = kind_ == http::BodyKind::none || (kind_ == http::BodyKind::length && left_ == 0);
  }

  bool done() const { return done_; }
  bool malformed() const { return decoder_.malformed(); }
  // Bytes came behind the end: the endpoint and we disagree about where that is, so the connection serves nobody else.
  bool overrun() const { return overrun_; }

  // The payload, moved to the front of `bytes`.
  std::string_view take(std::span<char> bytes) {
    if (kind_ == http::BodyKind::chunked) {
      const auto decoded = decoder_.decode_in_place(bytes);
      done_ = decoder_.done();
      overrun_ = done_ && decoded.consumed < bytes.size();
      return {bytes.data(), decoded.payload};
    }
    if (kind_ == http::BodyKind::until_close) return {bytes.data(), bytes.size()};
    const auto size = static_cast<std::size_t>(std::min<std::uint64_t>(left_, bytes.size()));
    overrun_ = size < bytes.size();
    left_ -= size;
    done_ = left_ == 0;
    return {bytes.data(), size};
  }

  // The connection ended: is that the body's end?
  void end() { done_ = done_ || kind_ == http::BodyKind::until_close; }

 private:
  http::BodyKind kind_;
  std::uint64_t left_;
  http::ChunkDecoder decoder_;
  bool done_ = false;
  bool overrun_ = false;
};

// Sends pieces of the body to the client, framed, with the head before the first one.
class OutgoingBody {
 public:
  OutgoingBody(http::Connection& client, OutgoingFraming framing, std::string head)
      : client_(client), framing_(framing), head_(std::move(head)) {}

  net::Task<bool> send(std::string_view piece, bool last) {
    std::array<char, 20> size_line;
    std::array<const_buffer, 5> buffers;
    std::size_t count = 0;
    if (!head_.empty()) buffers[count++] = buffer(head_);
    const bool chunked = framing_ == OutgoingFraming::chunked;
    if (!piece.empty()) {
      if (chunked) buffers[count++] = const_buffer(size_line.data(), write_size(piece.size(), size_line));
      buffers[count++] = buffer(piece);
    }
    if (chunked) {
      const std::string_view end = piece.empty() ? (last ? "0\r\n\r\n" : "") : (last ? "\r\n0\r\n\r\n" : "\r\n");
      buffers[count++] = buffer(end);
    }
    if (count == 0) co_return true;
    const bool sent = co_await client_.write({buffers.data(), count});
    if (!head_.empty()) head_ = std::string();
    co_return sent;
  }

 private:
  static std::size_t write_size(std::size_t size, std::array<char, 20>& line) {
    char* end = std::to_chars(line.data(), line.data() + line.size() - 2, size, 16).ptr;
    *end++ = '\r';
    *end++ = '\n';
    return static_cast<std::size_t>(end - line.data());
  }

  http::Connection& client_;
  OutgoingFraming framing_;
  std::string head_;
};

}  // namespace

net::Task<Relayed> relay(http::Connection& client, upstream::Exchange& exchange, const http::ResponseHead& head,
                         OwnFields own, Milliseconds idle_timeout) {
  auto& [stream, in, reused, idle_since] = exchange.connection();
  const auto framing = outgoing_framing(exchange.framing(), client.head());
  if (framing == OutgoingFraming::until_close) client.close_after_answer();
  IncomingBody incoming(exchange.framing(), client.limits());
  OutgoingBody outgoing(client, framing, response_head(head, exchange.framing(), framing, client.keeps_alive(), own));
  Relayed relayed;

  // What came with the head leaves with the head.
  const bool has_no_body = incoming.done();
  const std::size_t came = in.size() - exchange.head_size();
  const auto begun = has_no_body ? std::string_view() : incoming.take({in.data() + exchange.head_size(), came});
  bool overrun = incoming.overrun() || (has_no_body && came > 0);
  relayed.body_bytes = begun.size();
  bool sent = co_await outgoing.send(begun, incoming.done());
  if (!incoming.done()) {
    in.release();
    client.release_request();
  }

  while (sent && !incoming.done() && !incoming.malformed()) {
    if (!stream->has_buffered()) {
      stream->expire_at(client.worker().now() + idle_timeout);
      const auto [failed] = co_await stream->readable();
      if (failed) break;
      // The endpoint has done its part: a client that is slow to take it has a limit of its own.
      stream->never_expire();
    }
    net::error_code error;
    const auto scratch = client.worker().scratch();
    const auto bytes = stream->read_some(scratch, error);
    if (error == net::asio::error::would_block) continue;
    if (error || bytes == 0) {
      if (error == net::asio::error::eof) incoming.end();
      if (incoming.done()) sent = co_await outgoing.send({}, true);
      break;
    }
    const auto piece = incoming.take(scratch.first(bytes));
    overrun = overrun || incoming.overrun();
    relayed.body_bytes += piece.size();
    if (!piece.empty() || incoming.done()) sent = co_await outgoing.send(piece, incoming.done());
  }

  if (!sent || exchange.cancelled()) {
    relayed.end = RelayEnd::client_left;
    client.cut();
  } else if (!incoming.done()) {
    relayed.end = RelayEnd::upstream_died;
    framing == OutgoingFraming::until_close ? client.abort() : client.cut();
  } else if (!overrun) {
    exchange.finish();
  }
  co_return relayed;
}

}  // namespace pointsman::proxy
