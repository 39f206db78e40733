#pragma once

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

// What the targets share: how they read an input, and how they say that an invariant does not hold. In the inputs that
// are split, the first byte says how; the rest is the text as it would come over the wire.
namespace pointsman::fuzz {

inline std::string_view text_of(const std::uint8_t* data, std::size_t size) {
  return {reinterpret_cast<const char*>(data), size};
}

// The first byte of the text, which is taken off; 0 of an empty one.
inline std::uint8_t take_byte(std::string_view& text) {
  if (text.empty()) return 0;
  const auto byte = static_cast<std::uint8_t>(text.front());
  text.remove_prefix(1);
  return byte;
}

// The text in pieces, empty ones as well, whose sizes follow from `seed`: from byte by byte to a few big ones. Each is
// a copy of its own, so that AddressSanitizer sees whoever reads beyond it.
inline std::vector<std::string> split(std::string_view text, std::uint8_t seed) {
  const std::size_t largest = std::size_t{1} << (seed % 8);
  std::uint32_t state = seed;
  std::vector<std::string> pieces;
  while (!text.empty()) {
    state = state * 1664525 + 1013904223;
    const auto size = largest == 1 ? 1 : (state >> 16) % (largest + 1);
    pieces.emplace_back(text.substr(0, size));
    pieces.back().shrink_to_fit();
    text.remove_prefix(pieces.back().size());
  }
  return pieces;
}

// Ends the run where an invariant does not hold; libFuzzer then keeps the input.
inline void require(bool holds, const char* invariant) {
  if (holds) return;
  std::fprintf(stderr, "This does not hold: %s\n", invariant);
  std::abort();
}

}  // namespace pointsman::fuzz
