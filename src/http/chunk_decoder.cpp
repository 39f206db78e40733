#include "pointsman/http/chunk_decoder.hpp"

#include <algorithm>
#include <cstring>

namespace pointsman::http {

ChunkDecoder::Decoded ChunkDecoder::decode_in_place(std::span<char> bytes) {
  Decoded result;
  while (result.consumed < bytes.size() && !done() && !malformed()) {
    if (state_ == State::data) {
      const auto size = static_cast<std::size_t>(std::min<std::uint64_t>(left_, bytes.size() - result.consumed));
      if (result.payload != result.consumed) {
        std::memmove(bytes.data() + result.payload, bytes.data() + result.consumed, size);
      }
      result.payload += size;
      result.consumed += size;
      left_ -= size;
      if (left_ == 0) state_ = State::data_return;
    } else {
      state_ = step(bytes[result.consumed++]);
    }
  }
  return result;
}

ChunkDecoder::State ChunkDecoder::step(char c) {
  switch (state_) {
    case State::size_first:
      left_ = 0;
      extension_size_ = 0;
      digits_ = 0;
      return add_digit(c) ? State::size : State::malformed;
    case State::size:
      if (c == '\r') return State::size_newline;
      if (c == ';' || c == ' ' || c == '\t') return State::extension;
      return add_digit(c) ? State::size : State::malformed;
    case State::extension:
      if (c == '\r') return State::size_newline;
      if (c == '\n' || c == '\0' || ++extension_size_ > limits_->chunk_extension) return State::malformed;
      return State::extension;
    case State::size_newline:
      if (c != '\n') return State::malformed;
      return left_ == 0 ? State::trailer_line : State::data;
    case State::data_return: return c == '\r' ? State::data_newline : State::malformed;
    case State::data_newline: return c == '\n' ? State::size_first : State::malformed;
    case State::trailer_line:
      if (c == '\r') return State::last_newline;
      [[fallthrough]];
    case State::trailer:
      if (c == '\r') return State::trailer_newline;
      if (c == '\n' || c == '\0' || ++trailers_size_ > limits_->trailers) return State::malformed;
      return State::trailer;
    case State::trailer_newline: return c == '\n' ? State::trailer_line : State::malformed;
    case State::last_newline: return c == '\n' ? State::done : State::malformed;
    case State::data:
    case State::done:
    case State::malformed: break;
  }
  return State::malformed;
}

bool ChunkDecoder::add_digit(char c) {
  int digit = 0;
  if (c >= '0' && c <= '9') {
    digit = c - '0';
  } else if ((c | 0x20) >= 'a' && (c | 0x20) <= 'f') {
    digit = (c | 0x20) - 'a' + 10;
  } else {
    return false;
  }
  if (++digits_ > 15) return false;  // also bounds a run of zeros
  left_ = 16 * left_ + static_cast<std::uint64_t>(digit);
  return true;
}

}  // namespace pointsman::http
