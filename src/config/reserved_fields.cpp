#include "pointsman/config/reserved_fields.hpp"

#include <algorithm>
#include <iterator>

namespace pointsman::config {
namespace {

constexpr std::string_view reserved_fields[] = {
    "host",       "connection",       "content-length", "transfer-encoding", "te",
    "trailer",    "upgrade",          "content-type",   "content-encoding",  "expect",
    "keep-alive", "proxy-connection",
};

}  // namespace

std::string in_small_letters(std::string text) {
  for (char& c : text) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c | 0x20);
  }
  return text;
}

bool is_reserved_field(std::string_view name) {
  const auto small = in_small_letters(std::string(name));
  return std::ranges::find(reserved_fields, small) != std::end(reserved_fields);
}

}  // namespace pointsman::config
