#pragma once

#include <cstddef>
#include <string_view>

namespace pointsman {

struct Utf8Character {
  char32_t code_point;
  std::size_t size;  // in bytes
};

// The first character of a text, which must not be empty. A byte that begins no valid sequence (RFC 3629: no overlong
// forms, no surrogates) counts as one character of one byte, U+FFFD.
Utf8Character first_utf8_character(std::string_view text);

}  // namespace pointsman
