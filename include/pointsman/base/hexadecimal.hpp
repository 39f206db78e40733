#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace pointsman {

// In small letters, as all that we write but percent-encoding.
inline constexpr std::string_view hexadecimal_digits = "0123456789abcdef";

std::string hexadecimal(std::span<const std::uint8_t> bytes);

// What a digit stands for, in small letters or capitals; below 0: it is none.
constexpr int hexadecimal_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  const char small = static_cast<char>(c | 0x20);
  return small >= 'a' && small <= 'f' ? small - 'a' + 10 : -1;
}

}  // namespace pointsman
