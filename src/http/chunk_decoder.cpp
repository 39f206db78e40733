#include "pointsman/http/chunk_decoder.hpp"

#include <algorithm>
#include <array>
#include <cstring>

namespace pointsman::http {
namespace {

constexpr std::size_t most_digits = 15;  // also bounds a run of zeros

constexpr int no_digit = -1;

constexpr std::array<signed char, 256> digit_values = [] {
  std::array<signed char, 256> values{};
  values.fill(no_digit);
  for (int digit = 0; digit < 10; ++digit)
    values[static_cast<std::size_t>('0' + digit)] = static_cast<signed char>(digit);
  for (int digit = 10; digit < 16; ++digit) {
    values[static_cast<std::size_t>('a' + digit - 10)] = static_cast<signed char>(digit);
    values[static_cast<std::size_t>('A' + digit - 10)] = static_cast<signed char>(digit);
  }
  return values;
}();

int digit_value(char c) { return digit_values[static_cast<unsigned char>(c)]; }

}  // namespace

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
    } else if (const auto size = take_plain_size({bytes.data() + result.consumed, bytes.size() - result.consumed})) {
      result.consumed += size;
    } else {
      state_ = step(bytes[result.consumed++]);
    }
  }
  return result;
}

// A line of a size as everybody writes it, whole, with the end of the chunk before it: a stream of small events has one
// every hundred bytes. Returns how many bytes it took; 0: it is to be looked at byte by byte.
std::size_t ChunkDecoder::take_plain_size(std::string_view bytes) {
  std::size_t at = 0;
  if (state_ == State::data_return) {
    if (!bytes.starts_with("\r\n")) return 0;
    at = 2;
  } else if (state_ != State::size_first) {
    return 0;
  }
  std::uint64_t size = 0;
  const auto end = std::min(bytes.size(), at + most_digits);
  for (int digit = no_digit; at < end && (digit = digit_value(bytes[at])) != no_digit; ++at) {
    size = 16 * size + static_cast<std::uint64_t>(digit);
  }
  if (size == 0 || !bytes.substr(at).starts_with("\r\n")) return 0;
  left_ = size;
  state_ = State::data;
  return at + 2;
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
  const int digit = digit_value(c);
  if (digit == no_digit || ++digits_ > most_digits) return false;
  left_ = 16 * left_ + static_cast<std::uint64_t>(digit);
  return true;
}

}  // namespace pointsman::http
