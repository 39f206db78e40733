#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "pointsman/http/limits.hpp"

namespace pointsman::http {

// Takes chunked framing (RFC 9112 §7.1) off a body, however it is split. Strict: CRLF only, bounded extensions and
// trailers, both dropped. No I/O and no allocation; one per message.
class ChunkDecoder {
 public:
  explicit ChunkDecoder(const Limits& limits) : limits_(&limits) {}

  struct Decoded {
    std::size_t payload = 0;   // bytes of payload, now at the front of what was given
    std::size_t consumed = 0;  // bytes that belonged to this body; less than given only at its end
  };

  // Moves the payload in `bytes` to their front.
  Decoded decode_in_place(std::span<char> bytes);

  bool done() const { return state_ == State::done; }
  bool malformed() const { return state_ == State::malformed; }

 private:
  enum class State : std::uint8_t {
    size_first,
    size,
    extension,
    size_newline,
    data,
    data_return,
    data_newline,
    trailer_line,
    trailer,
    trailer_newline,
    last_newline,
    done,
    malformed
  };

  std::size_t take_plain_size(std::string_view bytes);
  State step(char c);
  bool add_digit(char c);

  const Limits* limits_;
  State state_ = State::size_first;
  std::uint64_t left_ = 0;    // of the chunk at hand
  std::uint32_t digits_ = 0;  // of its size
  std::uint32_t extension_size_ = 0;
  std::uint32_t trailers_size_ = 0;
};

}  // namespace pointsman::http
