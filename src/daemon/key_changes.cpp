#include "pointsman/daemon/key_changes.hpp"

#include <algorithm>

namespace pointsman::daemon {
namespace {

const std::string& name_of(const store::KeptKey& key) { return key.grants.name; }

const store::KeptKey* find(const std::vector<store::KeptKey>& keys, const std::string& name) {
  const auto found = std::ranges::lower_bound(keys, name, {}, name_of);
  return found == keys.end() || name_of(*found) != name ? nullptr : &*found;
}

bool has_other_secret(const store::KeptKey& before, const store::KeptKey& after) {
  return !after.tokens.empty() &&
         (before.tokens.empty() || before.tokens.front().digest != after.tokens.front().digest);
}

}  // namespace

bool KeyChanges::none() const {
  return added.empty() && revoked.empty() && rotated.empty() && changed.empty() && removed.empty();
}

KeyChanges key_changes(const std::vector<store::KeptKey>& before, const std::vector<store::KeptKey>& after) {
  KeyChanges changes;
  for (const auto& key : after) {
    const auto& name = key.grants.name;
    const auto* old = find(before, name);
    if (key.revoked_at && (old == nullptr || !old->revoked_at)) {
      changes.revoked.push_back(name);
    } else if (old == nullptr) {
      changes.added.push_back(name);
    } else if (has_other_secret(*old, key)) {
      changes.rotated.push_back(name);
    } else if (*old != key) {
      changes.changed.push_back(name);
    }
  }
  for (const auto& key : before) {
    if (find(after, key.grants.name) == nullptr) changes.removed.push_back(key.grants.name);
  }
  return changes;
}

std::string fingerprint(const std::vector<store::KeptKey>& keys) {
  const auto text_of = [](const std::optional<WallTime>& time) {
    return time ? std::to_string(time->time_since_epoch().count()) : std::string("-");
  };
  std::string text;
  for (const auto& key : keys) {
    text += key.grants.name + " " + text_of(key.grants.expires) + " " + text_of(key.revoked_at);
    for (const auto& token : key.tokens) text += " " + token.digest.hexadecimal() + " " + text_of(token.expires);
    text += "\n";
  }
  return Sha256::of(text).hexadecimal();
}

}  // namespace pointsman::daemon
