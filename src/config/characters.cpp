#include "pointsman/config/characters.hpp"

#include <algorithm>

#include "pointsman/base/utf8.hpp"

namespace pointsman::config {
namespace {

bool is_fit(const Utf8Character& character) {
  const auto code = character.code_point;
  const bool is_control = code < 0x20 || (code >= 0x7f && code < 0xa0);
  const bool is_malformed = code == 0xfffd && character.size == 1;
  return !is_control && !is_malformed;
}

}  // namespace

std::size_t find_unfit(std::string_view text, std::string_view allowed) {
  for (std::size_t at = 0; at < text.size();) {
    const auto character = first_utf8_character(text.substr(at));
    if (!is_fit(character) && allowed.find(text[at]) == std::string_view::npos) return at;
    at += character.size;
  }
  return std::string_view::npos;
}

bool is_visible_ascii(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c > 0x20 && c < 0x7f; });
}

}  // namespace pointsman::config
