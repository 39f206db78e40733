#include "pointsman/access/key_ring.hpp"

#include <algorithm>

#include "pointsman/access/glob.hpp"

namespace pointsman::access {
namespace {

// No key is longer: what is, is refused before any time is spent on its digest.
constexpr std::size_t max_presented_size = 4096;

std::string_view trimmed(std::string_view value) {
  static constexpr std::string_view whitespace = " \t";
  const std::size_t first = value.find_first_not_of(whitespace);
  if (first == std::string_view::npos) return {};
  return value.substr(first, value.find_last_not_of(whitespace) - first + 1);
}

// RFC 9110, 11.4: a scheme in any case, one space or more, the credentials. Empty: no bearer credentials.
std::string_view bearer_token(std::string_view authorization) {
  const std::string_view value = trimmed(authorization);
  const std::size_t scheme_end = value.find(' ');
  if (scheme_end == std::string_view::npos) return {};
  const auto equal_letter = [](char a, char b) { return (a | 0x20) == b; };
  const std::string_view scheme = value.substr(0, scheme_end);
  if (!std::ranges::equal(scheme, std::string_view("bearer"), equal_letter)) return {};
  return value.substr(value.find_first_not_of(' ', scheme_end));
}

}  // namespace

const config::Key* KeyRing::find(std::string_view presented) const {
  if (presented.empty() || presented.size() > max_presented_size) return nullptr;
  const Sha256 digest = Sha256::of(presented);
  const config::Key* found = nullptr;
  for (const config::Key& key : access_.keys) {
    if (key.digest.equals(digest)) found = &key;
  }
  return found;
}

const config::Key* KeyRing::verify(std::optional<std::string_view> authorization,
                                   std::optional<std::string_view> x_api_key) const {
  const config::Key* bearer = find(bearer_token(authorization.value_or("")));
  const config::Key* api_key = find(trimmed(x_api_key.value_or("")));
  return bearer ? bearer : api_key;
}

bool may_use(const config::Key& key, std::string_view model) {
  return key.models.empty() ||
         std::ranges::any_of(key.models, [&](const std::string& glob) { return glob_matches(glob, model); });
}

}  // namespace pointsman::access
