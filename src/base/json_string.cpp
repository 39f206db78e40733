#include "pointsman/base/json_string.hpp"

#include "pointsman/base/hexadecimal.hpp"
#include "pointsman/base/utf8.hpp"

namespace pointsman {
namespace {

constexpr std::string_view replacement_character = "\xef\xbf\xbd";

bool stands_for_itself(char c) { return c >= 0x20 && c < 0x7f && c != '"' && c != '\\'; }

// Nearly every string is plain. Without an if that stops at the first that is not, many characters are looked at at
// once.
bool is_plain(std::string_view text) {
  bool plain = true;
  for (const char c : text) plain &= (c >= 0x20) & (c < 0x7f) & (c != '"') & (c != '\\');
  return plain;
}

void append_escaped(std::string& out, std::string_view character, char32_t code_point) {
  switch (code_point) {
    case '"': out += "\\\""; return;
    case '\\': out += "\\\\"; return;
    case '\n': out += "\\n"; return;
    case '\r': out += "\\r"; return;
    case '\t': out += "\\t"; return;
    default: break;
  }
  if (is_control_character(code_point)) {
    append_unicode_escape(out, code_point);
  } else {
    out += code_point == 0xfffd ? replacement_character : character;
  }
}

}  // namespace

bool is_control_character(char32_t code_point) {
  return code_point < 0x20 || (code_point >= 0x7f && code_point < 0xa0) ||
         (code_point >= 0x2028 && code_point <= 0x202e) || (code_point >= 0x2066 && code_point <= 0x2069);
}

void append_unicode_escape(std::string& out, char32_t code_point) {
  out += "\\u";
  for (int shift = 12; shift >= 0; shift -= 4) out += hexadecimal_digits[(code_point >> shift) & 15];
}

void append_json_string(std::string& out, std::string_view text) {
  out += '"';
  if (is_plain(text)) {
    out += text;
    text = {};
  }
  while (!text.empty()) {
    std::size_t plain = 0;
    while (plain < text.size() && stands_for_itself(text[plain])) ++plain;
    out += text.substr(0, plain);
    text.remove_prefix(plain);
    if (text.empty()) break;

    const Utf8Character next = first_utf8_character(text);
    append_escaped(out, text.substr(0, next.size), next.code_point);
    text.remove_prefix(next.size);
  }
  out += '"';
}

std::string json_string(std::string_view text) {
  std::string result;
  result.reserve(text.size() + 2);
  append_json_string(result, text);
  return result;
}

}  // namespace pointsman
