#include "pointsman/access/glob.hpp"

#include <cstddef>

namespace pointsman::access {
namespace {

bool continues_character(char c) { return (static_cast<unsigned char>(c) & 0xc0) == 0x80; }

std::size_t next_character(std::string_view text, std::size_t at) {
  do {
    ++at;
  } while (at < text.size() && continues_character(text[at]));
  return at;
}

}  // namespace

// Only the last star is ever widened: what the stars before it matched is the shortest possible, and a longer match
// there could not help what follows.
bool glob_matches(std::string_view glob, std::string_view text) {
  constexpr std::size_t none = std::string_view::npos;
  std::size_t in_glob = 0;
  std::size_t in_text = 0;
  std::size_t behind_star = none;
  std::size_t star_end = 0;  // where the star's match ends in the text

  while (in_text < text.size()) {
    const bool more_glob = in_glob < glob.size();
    if (more_glob && glob[in_glob] == '*') {
      behind_star = ++in_glob;
      star_end = in_text;
    } else if (more_glob && glob[in_glob] == '?') {
      ++in_glob;
      in_text = next_character(text, in_text);
    } else if (more_glob && glob[in_glob] == text[in_text]) {
      ++in_glob;
      ++in_text;
    } else if (behind_star != none) {
      in_glob = behind_star;
      in_text = ++star_end;
    } else {
      return false;
    }
  }
  return glob.find_first_not_of('*', in_glob) == none;
}

}  // namespace pointsman::access
