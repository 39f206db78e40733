#include "pointsman/base/hexadecimal.hpp"

namespace pointsman {

std::string hexadecimal(std::span<const std::uint8_t> bytes) {
  std::string text;
  text.reserve(2 * bytes.size());
  for (const auto byte : bytes) {
    text += hexadecimal_digits[byte >> 4];
    text += hexadecimal_digits[byte & 15];
  }
  return text;
}

}  // namespace pointsman
