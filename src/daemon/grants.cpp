#include "pointsman/daemon/grants.hpp"

#include <algorithm>
#include <set>
#include <string_view>

#include "pointsman/config/refusal.hpp"
#include "pointsman/daemon/store_paths.hpp"
#include "pointsman/store/key_database.hpp"

namespace pointsman::daemon {
namespace {

std::set<std::string_view> names_in(const config::Access& file) {
  std::set<std::string_view> names;
  for (const auto& key : file.keys) names.insert(key.name);
  return names;
}

// They stay in the database for ever, and are kept only to be named in the log.
constexpr std::size_t most_former = 10'000;

std::optional<WallTime> earlier(const std::optional<WallTime>& a, const std::optional<WallTime>& b) {
  return a && b ? std::min(*a, *b) : a ? a : b;
}

}  // namespace

access::Grants grants_of(const config::Access& file, const std::vector<store::KeptKey>& kept) {
  const auto in_file = names_in(file);
  access::Grants grants{file.keys, file.keys.size()};
  for (const auto& each : kept) {
    if (in_file.contains(each.grants.name)) continue;
    ++grants.names;
    for (const auto& token : each.tokens) {
      // One that has an end of its own was rotated.
      if ((each.revoked_at || token.expires) && grants.former.size() < most_former) {
        grants.former.push_back({token.digest, each.grants.name});
      }
      if (each.revoked_at) continue;
      auto& key = grants.keys.emplace_back(each.grants);
      key.digest = token.digest;
      key.expires = earlier(each.grants.expires, token.expires);
    }
  }
  return grants;
}

std::vector<std::string> hidden_by(const config::Access& file, const std::vector<store::KeptKey>& kept) {
  const auto in_file = names_in(file);
  std::vector<std::string> names;
  for (const auto& each : kept) {
    if (in_file.contains(each.grants.name)) names.push_back(each.grants.name);
  }
  return names;
}

std::string refusal_with_kept_keys(const config::Settings& settings) {
  auto refusal = config::refusal_to_start(settings);
  const auto path = keys_path(settings);
  if (refusal.empty() || path.empty()) return refusal;
  const auto any = store::KeyDatabase(path).any();
  if (!any) return any.error().message;
  return config::refusal_to_start(settings, *any);
}

}  // namespace pointsman::daemon
