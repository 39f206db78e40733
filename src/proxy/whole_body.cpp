#include "whole_body.hpp"

#include "incoming_body.hpp"

namespace pointsman::proxy {

net::Task<WholeBody> read_whole_body(net::Worker& worker, upstream::Exchange& exchange, const http::Limits& limits) {
  using More = upstream::Exchange::More;
  const auto& framing = exchange.framing();
  const bool too_large = framing.kind == http::BodyKind::length && framing.length > largest_kept_body;
  const auto until = worker.now() + longest_look;
  const auto& in = exchange.connection().in;
  IncomingBody incoming(framing, limits);
  WholeBody body;
  std::size_t taken = exchange.head_size();
  for (;;) {
    // The framing is taken off a copy.
    std::string piece(in.view().substr(taken));
    taken = in.size();
    if (incoming.done()) {
      body.whole = true;
      body.clean = piece.empty() && !incoming.overrun();
      break;
    }
    body.text += incoming.take(piece);
    if (incoming.done()) continue;
    if (too_large || incoming.malformed() || in.size() > largest_kept_body) break;
    const auto more = co_await exchange.read_more(until);
    if (more == More::nothing || more == More::broken) break;
    if (more == More::end) {
      incoming.end();
      if (!incoming.done()) break;
    }
  }
  co_return body;
}

}  // namespace pointsman::proxy
