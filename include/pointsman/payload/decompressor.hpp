#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string_view>

namespace pointsman::payload {

// The content codings that we can read (RFC 9110 §8.4.1). `deflate` is zlib's format, as the RFC says, and not the bare
// one: that is how WebSocket's permessage-deflate has it (RFC 7692 §7.2.1), which is no content coding.
enum class Coding : std::uint8_t { gzip, deflate, zstd, brotli, message_deflate };

// Nothing if the name, in any case, is none of theirs.
std::optional<Coding> coding_named(std::string_view name);

// Decompresses what it is given in pieces, into pieces of whatever size the caller has room for. Without I/O; not safe
// from several threads. Several members or frames, one behind the other, are one text (RFC 1952 §2.2, RFC 8878 §3).
//
// The caller bounds what comes out: a small input can stand for an endless one. What is kept between two steps is
// bounded by memory().
class Decompressor {
 public:
  explicit Decompressor(Coding coding);
  ~Decompressor();
  Decompressor(Decompressor&&) noexcept;
  Decompressor& operator=(Decompressor&&) noexcept;

  struct Step {
    std::size_t consumed = 0;
    std::size_t written = 0;
  };
  // Takes from `in` and writes to `out` until one of them is used up. While it fills `out`, there may be more, even if
  // it is given nothing.
  Step step(std::string_view in, std::span<char> out);

  // What was given is not in this coding; it takes nothing more.
  bool corrupt() const { return corrupt_; }
  // What was given so far may end here: whole, and with its checksum right where it has one.
  bool whole() const;

  // The most bytes that it holds on to.
  static std::size_t memory(Coding coding);

  class Engine;  // one of the libraries

 private:
  std::unique_ptr<Engine> engine_;
  bool corrupt_ = false;
};

}  // namespace pointsman::payload
