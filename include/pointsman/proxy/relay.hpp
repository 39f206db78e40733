#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "pointsman/base/seldom.hpp"
#include "pointsman/http/connection.hpp"
#include "pointsman/http/sse_tap.hpp"
#include "pointsman/http/stream_dialect.hpp"
#include "pointsman/payload/usage.hpp"
#include "pointsman/proxy/decision.hpp"
#include "pointsman/proxy/rate_limits.hpp"
#include "pointsman/proxy/stream_pace.hpp"
#include "pointsman/upstream/exchange.hpp"

namespace pointsman::proxy {

// How the relaying of an answer ended.
enum class RelayEnd : std::uint8_t {
  complete,
  client_left,
  upstream_died,  // it closed, broke its framing or fell silent before its answer was whole
};

// What came of relaying an answer.
struct Relayed {
  // `stream_pace` is told of a stream that is not compressed.
  explicit Relayed(StreamPace& stream_pace) : pace(stream_pace) {}

  StreamPace& pace;
  RelayEnd end = RelayEnd::complete;
  std::uint64_t body_bytes = 0;
  // Of the body, if asked for, or where it may tell something of the endpoint (live_verdict.hpp).
  Seldom<std::string> beginning;
};

inline std::string_view beginning_of(const Relayed& relayed) {
  return relayed.beginning ? std::string_view(*relayed.beginning) : "";
}

// Fields of our own on an answer that is passed on, each ending in CRLF.
struct OwnFields {
  std::string_view request_id;  // goes where the endpoint sent none
  std::string_view endpoint;
  std::string_view fallback = {};           // the model that stands in for the one that was asked for; empty: none does
  std::optional<Milliseconds> queued = {};  // how long the request waited for a place; absent: it did not
  const RateLimits* rate_limits = nullptr;  // go where the endpoint sent none; nullptr: there are none
  Decision* decision = nullptr;             // for a client that asked; its fields are those of the moment of sending
};

// Passes the answer of an exchange to the client: status and end-to-end fields as they are, and then every byte of the
// body as it comes. What arrived in one read leaves in one write, before anything is waited for.
//
// An answer that the endpoint did not finish never looks whole. Where an event stream ends between two events, one more
// says so in the way of `dialect`, on which the SDKs raise; everywhere else the client's connection is cut without a
// final chunk.
//
// `usage`, if there is one, is told what the answer says that it took, if it is JSON or an event stream.
// `follower`, if there is one, is given what the answer says before the client is.
//
// `relayed`, a new one, is told what came of it.
//
// Once the first piece of a longer answer has left, what it does not need any more is given back: an idle stream is to
// cost little. Views into client.head() and `head` are gone then. Those in `own` may go as soon as the task is there.
net::Task<> relay(http::Connection& client, upstream::Exchange& exchange, const http::ResponseHead& head,
                  http::StreamDialect dialect, const OwnFields& own, Milliseconds idle_timeout, bool keeps_beginning,
                  payload::Usage* usage, http::DataListener* follower, Relayed& relayed);

}  // namespace pointsman::proxy
