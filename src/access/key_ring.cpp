#include "pointsman/access/key_ring.hpp"

#include <algorithm>
#include <atomic>
#include <utility>

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

KeyRing::KeyRing(Grants grants) : grants_(std::move(grants)) {
  static std::atomic<std::uint64_t> made{0};
  number_ = ++made;
  places_.reserve(grants_.keys.size());
  for (std::size_t i = 0; i < grants_.keys.size(); ++i) places_.emplace(grants_.keys[i].digest, i);
  former_places_.reserve(grants_.former.size());
  for (std::size_t i = 0; i < grants_.former.size(); ++i) former_places_.emplace(grants_.former[i].digest, i);
}

const config::Key* KeyRing::find_presented(std::string_view text, WallTime now) const {
  if (text.empty() || text.size() > max_presented_size) return nullptr;
  return find(Sha256::of(text), now);
}

const config::Key* KeyRing::find(const Sha256& digest, WallTime now) const {
  const auto found = places_.find(digest);
  if (found == places_.end()) return nullptr;
  const auto& key = grants_.keys[found->second];
  return has_expired(key, now) ? nullptr : &key;
}

const config::Key* KeyRing::verify(std::optional<std::string_view> authorization,
                                   std::optional<std::string_view> x_api_key, WallTime now) const {
  const auto* bearer = find_presented(bearer_token(authorization.value_or("")), now);
  const auto* api_key = find_presented(trimmed(x_api_key.value_or("")), now);
  return bearer ? bearer : api_key;
}

Refused KeyRing::why_refused(std::optional<std::string_view> authorization, std::optional<std::string_view> x_api_key,
                             WallTime now) const {
  Refused refused{"key_missing", ""};
  for (const auto text : {bearer_token(authorization.value_or("")), trimmed(x_api_key.value_or(""))}) {
    if (text.empty()) continue;
    refused.cause = "key_unknown";
    if (text.size() > max_presented_size) continue;
    const auto digest = Sha256::of(text);
    const auto former = former_places_.find(digest);
    const auto place = places_.find(digest);
    if (former != former_places_.end()) return {"key_revoked", grants_.former[former->second].name};
    if (place == places_.end()) continue;
    const auto& key = grants_.keys[place->second];
    if (has_expired(key, now)) return {"key_expired", key.name};
  }
  return refused;
}

const config::Key* KeyRing::named(std::string_view name) const {
  const config::Key* found = nullptr;
  for (const auto& key : grants_.keys) {
    if (key.name != name) continue;
    const bool lasts_longer = found == nullptr || !key.expires || (found->expires && *key.expires > *found->expires);
    if (lasts_longer && (found == nullptr || found->expires)) found = &key;
  }
  return found;
}

bool KeyRing::was_there(std::string_view name) const {
  return std::ranges::find(grants_.former, name, &Grants::Former::name) != grants_.former.end();
}

bool may_use(const config::Key& key, std::string_view model) {
  return key.models.empty() ||
         std::ranges::any_of(key.models, [&](const std::string& glob) { return glob_matches(glob, model); });
}

bool may_use_api(const config::Key& key, std::string_view api) {
  return key.apis.empty() || std::ranges::find(key.apis, api) != key.apis.end();
}

}  // namespace pointsman::access
