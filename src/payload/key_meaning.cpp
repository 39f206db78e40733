#include "pointsman/payload/key_meaning.hpp"

namespace pointsman::payload {

bool means(std::string_view key, std::string_view name) {
  constexpr std::string_view long_s = "\xc5\xbf";
  for (const char wanted : name) {
    const bool is_long_s = wanted == 's' && key.starts_with(long_s);
    const char upper = wanted >= 'a' && wanted <= 'z' ? static_cast<char>(wanted & ~0x20) : wanted;
    if (!is_long_s && !key.starts_with(wanted) && !key.starts_with(upper)) return false;
    key.remove_prefix(is_long_s ? long_s.size() : 1);
  }
  return key.empty();
}

}  // namespace pointsman::payload
