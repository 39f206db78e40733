#include "pointsman/base/utf8.hpp"

namespace pointsman {
namespace {

constexpr Utf8Character invalid{0xfffd, 1};

}  // namespace

Utf8Character first_utf8_character(std::string_view text) {
  const auto lead = static_cast<unsigned char>(text.front());
  if (lead < 0x80) return {lead, 1};
  if (lead < 0xc2 || lead > 0xf4) return invalid;

  const std::size_t size = lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
  if (text.size() < size) return invalid;
  char32_t code_point = lead & (0x7fu >> size);
  for (const char c : text.substr(1, size - 1)) {
    const auto byte = static_cast<unsigned char>(c);
    if ((byte & 0xc0) != 0x80) return invalid;
    code_point = (code_point << 6) | (byte & 0x3f);
  }

  const bool overlong = (size == 3 && code_point < 0x800) || (size == 4 && code_point < 0x10000);
  const bool surrogate = code_point >= 0xd800 && code_point <= 0xdfff;
  if (overlong || surrogate || code_point > 0x10ffff) return invalid;
  return {code_point, size};
}

}  // namespace pointsman
