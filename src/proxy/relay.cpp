#include "pointsman/proxy/relay.hpp"

#include <algorithm>
#include <array>
#include <boost/asio/error.hpp>
#include <charconv>
#include <memory>
#include <optional>
#include <span>
#include <tuple>

#include "incoming_body.hpp"
#include "pointsman/base/prefetch.hpp"
#include "pointsman/proxy/decoded_listener.hpp"
#include "pointsman/proxy/heads.hpp"
#include "pointsman/proxy/live_verdict.hpp"

namespace pointsman::proxy {
namespace {

using net::asio::const_buffer;

// For so long a body without news is not asked about: longer than between two tokens of a model, since it costs as much
// as another event.
constexpr Milliseconds quiet_time = 5 * net::Worker::tick;

const_buffer buffer(std::string_view text) { return {text.data(), text.size()}; }

// Sends pieces of the body to the client, framed, with the head before the first one.
class OutgoingBody {
 public:
  OutgoingBody(OutgoingFraming framing, std::string head) : framing_(framing), head_(std::move(head)) {}

  OutgoingFraming framing() const { return framing_; }

  // Further fields of the head, each ending in CRLF, before it is sent.
  void add_to_head(std::string_view fields) { head_.insert(head_.size() - 2, fields); }

  bool put(http::Connection& client, std::string_view piece, bool last) {
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
      if (!end.empty()) buffers[count++] = buffer(end);
    }
    if (count == 0) return true;
    const bool taken = client.put({buffers.data(), count});
    if (!head_.empty()) std::string().swap(head_);  // which, unlike assigning, gives the memory back
    return taken;
  }

 private:
  static std::size_t write_size(std::size_t size, std::array<char, 20>& line) {
    char* end = std::to_chars(line.data(), line.data() + line.size() - 2, size, 16).ptr;
    *end++ = '\r';
    *end++ = '\n';
    return static_cast<std::size_t>(end - line.data());
  }

  OutgoingFraming framing_;
  std::string head_;
};

bool is_plain(const http::ResponseHead& head) {
  const auto encoding = head.fields.find(http::FieldName::content_encoding);
  return !encoding || http::equal_ignoring_case(*encoding, "identity");
}

// A compressed answer, and who hears what it says.
struct Decoding final : http::DataListener {
  Decoding(payload::Coding coding, bool is_stream, std::optional<payload::UsageReader>& reader,
           http::DataListener* listener)
      : from(coding, is_stream, *this), usage(reader), follower(listener) {}

  void data(std::string_view bytes) override {
    if (usage) usage->feed(bytes);
    if (follower != nullptr) follower->data(bytes);
  }
  void event_ended() override {
    if (follower != nullptr) follower->event_ended();
  }

  DecodedListener from;
  std::optional<payload::UsageReader>& usage;
  http::DataListener* follower;
};

// nullptr: it is in a coding that we cannot read.
std::unique_ptr<Decoding> decoded(const http::ResponseHead& head, std::optional<payload::UsageReader>& usage,
                                  http::DataListener* follower) {
  const auto coding = payload::coding_named(*head.fields.find(http::FieldName::content_encoding));
  return coding ? std::make_unique<Decoding>(*coding, is_event_stream(head), usage, follower) : nullptr;
}

// Whether an answer that ends with its connection is whole: of a stream that says when it is over, one has to have seen
// it.
bool may_end(const std::optional<http::SseTap>& tap) {
  return !tap || tap->dialect() == http::StreamDialect::other || tap->ended();
}

// What tells the client that its stream broke off; empty: nothing can, but the connection's end. Only a chunked answer
// can be longer than the endpoint made it.
std::string last_words(const std::optional<http::SseTap>& tap, OutgoingFraming framing) {
  if (framing != OutgoingFraming::chunked || !tap || !tap->at_boundary() || tap->ended()) return "";
  const auto number = tap->last_sequence_number();
  return http::failure_event(tap->dialect(), number ? *number + 1 : 0,
                             "The endpoint ended or fell silent before its answer was whole.", "upstream_error");
}

void keep_beginning(std::string_view piece, Relayed& relayed) {
  if (!relayed.beginning) relayed.beginning = std::string();
  *relayed.beginning += piece.substr(0, kept_beginning - relayed.beginning->size());
}

net::Task<> relay_body(OutgoingBody outgoing, http::Connection& client, upstream::Exchange& exchange,
                       const http::ResponseHead& head, http::StreamDialect dialect, Decision* decision,
                       Milliseconds idle_timeout, bool keeps_beginning, payload::Usage* usage,
                       http::DataListener* follower, Relayed& relayed) {
  net::Stream& stream = *exchange.connection().stream;
  net::Buffer& in = exchange.connection().in;
  const int status = head.status;
  IncomingBody incoming(exchange.framing(), client.limits());
  const bool is_stream = is_event_stream(head);
  std::optional<http::SseTap> tap;
  if (is_stream && is_plain(head)) tap.emplace(dialect, follower);
  std::optional<payload::UsageReader> reader;
  if (usage != nullptr && (is_stream || is_json(head))) {
    reader.emplace(*usage, tap && dialect != http::StreamDialect::responses);
  }
  std::unique_ptr<Decoding> decoding;
  if (!is_plain(head) && (reader || follower != nullptr)) decoding = decoded(head, reader, follower);
  if (tap || !is_plain(head)) follower = nullptr;  // it listens there, or cannot

  // Where the time is known anyway.
  const auto note_pace = [&relayed, &tap](MonotonicTime now) {
    if (tap && tap->token_events() != relayed.pace.events) relayed.pace.came(tap->token_events(), now);
  };

  // What came with the head leaves with the head.
  const std::span<char> came(in.data() + exchange.head_size(), in.size() - exchange.head_size());
  bool overrun = incoming.done() && !came.empty();
  std::string_view piece;
  if (!incoming.done()) piece = incoming.take(came);
  bool sent = false;
  const bool may_end_anywhere = exchange.framing().kind == http::BodyKind::until_close;
  for (bool first = true;; first = false) {
    overrun = overrun || incoming.overrun();
    if (relayed.body_bytes == 0 && may_tell(status, piece)) keeps_beginning = true;
    if (keeps_beginning) keep_beginning(piece, relayed);
    relayed.body_bytes += piece.size();
    if (tap) tap->feed(piece);
    if (follower != nullptr) follower->data(piece);
    if (reader && !decoding) reader->feed(piece);
    if (decoding) decoding->from.feed(piece);
    // Requests that came together are answered together: sending in one go costs the kernel less than turn by turn.
    // Later pieces lie in the worker's scratch buffer, which does not outlive a suspension.
    if (first) co_await client.worker().end_of_turn();
    if (first && decision != nullptr) outgoing.add_to_head(decision->fields(std::chrono::steady_clock::now()));
    sent = outgoing.put(client, piece, incoming.done());
    if (sent && client.has_unsent()) {
      note_pace(client.worker().now());
      sent = co_await client.flush();
    }
    if (!sent || incoming.done() || incoming.malformed()) break;
    if (first) {
      in.release();
      exchange.release_head();
      if (!stream.is_writing()) client.release_request();
    }
    net::error_code error;
    std::size_t bytes = 0;
    // An end that comes with the last bytes is no news. Where it ends the body it is asked for at once; where it breaks
    // it off, after a quiet time.
    for (bool asks = may_end_anywhere;; asks = true) {
      if (!stream.has_buffered()) {
        const auto now = client.worker().now();
        note_pace(now);
        const bool only_hears = !asks && !stream.is_writing();
        only_hears ? stream.interrupt_at(now + std::min(quiet_time, idle_timeout))
                   : stream.expire_at(now + idle_timeout);
        std::tie(error) = stream.is_writing() ? co_await stream.listen_while_writing()
                          : only_hears        ? co_await stream.news()
                                              : co_await stream.readable();
        if (only_hears && error && stream.timed_out()) continue;
        if (error) break;
        // The endpoint has done its part: a client that is slow to take it has a limit of its own.
        stream.never_expire();
      }
      client.expect_put();
      prefetch(incoming, outgoing, tap, reader, relayed);
      bytes = stream.read_some(client.worker().scratch(), error);
      if (error != net::asio::error::would_block) break;
    }
    if (error == net::asio::error::eof && may_end(tap)) incoming.end();
    if (error && !incoming.done()) break;
    piece = incoming.take(client.worker().scratch().first(bytes));
  }

  if (tap && tap->token_events() != relayed.pace.events) note_pace(client.worker().now());
  if (!sent || exchange.cancelled()) {
    relayed.end = RelayEnd::client_left;
    client.cut();
  } else if (!incoming.done()) {
    relayed.end = RelayEnd::upstream_died;
    if (const auto event = last_words(tap, outgoing.framing());
        !event.empty() && outgoing.put(client, event, true) && (!client.has_unsent() || co_await client.flush())) {
      co_return;
    }
    outgoing.framing() == OutgoingFraming::until_close ? client.abort() : client.cut();
  } else if (!overrun) {
    exchange.finish();
  }
}

}  // namespace

// No coroutine itself: what the head is made of would stand in its frame, and in its caller's, for as long as the
// answer streams.
net::Task<> relay(http::Connection& client, upstream::Exchange& exchange, const http::ResponseHead& head,
                  http::StreamDialect dialect, const OwnFields& own, Milliseconds idle_timeout, bool keeps_beginning,
                  payload::Usage* usage, http::DataListener* follower, Relayed& relayed) {
  const auto framing = outgoing_framing(exchange.framing(), client.head());
  if (framing == OutgoingFraming::until_close) client.close_after_answer();
  OutgoingBody outgoing(framing, response_head(head, exchange.framing(), framing, client.keeps_alive(), own));
  return relay_body(std::move(outgoing), client, exchange, head, dialect, own.decision, idle_timeout, keeps_beginning,
                    usage, follower, relayed);
}

}  // namespace pointsman::proxy
