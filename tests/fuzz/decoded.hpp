#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "input.hpp"
#include "pointsman/http/chunk_decoder.hpp"

namespace pointsman::fuzz {

// What became of a chunked body.
struct Decoded {
  std::string payload;
  std::size_t consumed = 0;
  bool done = false;
  bool malformed = false;

  bool operator==(const Decoded&) const = default;
};

inline Decoded decode(std::vector<std::string> pieces, const http::Limits& limits) {
  http::ChunkDecoder decoder(limits);
  Decoded result;
  for (auto& piece : pieces) {
    if (decoder.done() || decoder.malformed()) break;
    const auto step = decoder.decode_in_place(piece);
    require(step.payload <= step.consumed && step.consumed <= piece.size(), "a decoder stays within what it was given");
    const bool ended = decoder.done() || decoder.malformed();
    require(ended || step.consumed == piece.size(), "a decoder that goes on has taken everything");
    result.payload += piece.substr(0, step.payload);
    result.consumed += step.consumed;
  }
  result.done = decoder.done();
  result.malformed = decoder.malformed();
  return result;
}

}  // namespace pointsman::fuzz
