#pragma once

#include <algorithm>
#include <cstdint>
#include <span>
#include <string_view>

#include "pointsman/http/chunk_decoder.hpp"
#include "pointsman/http/framing.hpp"

namespace pointsman::proxy {

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

}  // namespace pointsman::proxy
