#include "pointsman/config/access_section.hpp"

#include <algorithm>

#include "pointsman/config/kinds.hpp"
#include "pointsman/config/secret_reader.hpp"

namespace pointsman::config {
namespace {

std::string list_of(const std::vector<std::string>& words) {
  std::string list;
  for (const auto& word : words) list += (list.empty() ? "" : ", ") + word;
  return list;
}

void read_digest(const Value& value, Sha256& digest) {
  const auto text = value.text();
  if (text && !Sha256::parse(*text, digest)) {
    value.complain("must be the SHA-256 of a key: 64 hexadecimal digits, as `printf %s KEY | sha256sum` prints them");
  }
}

// The digest from the one of the three keys that is there.
void read_digest_of_key(const Value& value, Mapping& keys, Sha256& digest, bool& is_short) {
  Secret key;
  int found = 0;
  const auto read_one = [&](std::string_view name, const auto& reader, auto& target) {
    const auto one = keys.find(name);
    if (!one) return;
    if (++found == 1) return reader(*one, target);
    one->complain("is one too many: only one of `key`, `key_file` and `key_sha256` may be there");
  };
  read_one("key", secret, key);
  read_one("key_file", secret_file, key);
  if (!key.empty()) digest = Sha256::of(key.reveal());
  is_short = !key.empty() && key.reveal().size() < shortest_good_key;
  read_one("key_sha256", read_digest, digest);
  if (found == 0 && keys.is_usable()) value.complain("needs one of the keys `key`, `key_file` and `key_sha256`");
}

void read_apis(const Value& value, std::vector<std::string>& target) {
  for (const auto& item : value.some_items()) {
    const auto api = item.text();
    if (!api) continue;
    const auto& known = value.reading().vocabulary.apis;
    if (std::ranges::find(known, *api) == known.end()) {
      item.must_be("an API: " + list_of(known));
    } else {
      target.push_back(*api);
    }
  }
}

void read_permissions(const Value& value, Permissions& permissions) {
  if (value.kind() == Node::Kind::scalar) {
    std::string word;
    const std::size_t before = value.reading().problems.size();
    OneOf{"admin", "metrics"}(value, word);
    if (value.reading().problems.size() == before) value.complain("must be a list: write [" + word + "]");
    return;
  }
  for (const auto& item : value.some_items()) {
    std::string word;
    OneOf{"admin", "metrics"}(item, word);
    permissions.admin |= word == "admin";
    permissions.metrics |= word == "metrics";
  }
}

void read_budget(const Value& value, KeyLimits& limits) {
  Mapping keys(value);
  keys.read("day", amount, limits.tokens_per_day);
  keys.read("month", amount, limits.tokens_per_month);
}

template <class Limits>
void read_rates(Mapping& keys, Limits& limits) {
  keys.read("rpm", amount, limits.requests_per_minute);
  keys.read("tpm", amount, limits.tokens_per_minute);
  keys.read("concurrent", amount, limits.concurrent);
}

void read_model_limits(const Value& value, std::vector<ModelLimits>& limits) {
  if (value.kind() == Node::Kind::scalar || value.kind() == Node::Kind::sequence) {
    return value.complain("must be a mapping from models, such as `{\"llama*\": {rpm: 60}}`");
  }
  for (const auto& [models, rates] : value.entries()) {
    if (models.empty()) rates.complain("belongs to a name that is empty");
    Mapping keys(rates);
    auto& each = limits.emplace_back();
    each.models = models;
    read_rates(keys, each);
  }
}

void read_limits(const Value& value, KeyLimits& limits) {
  Mapping keys(value);
  read_rates(keys, limits);
  keys.read("budget", read_budget, limits);
  keys.read("models", read_model_limits, limits.models);
}

void read_key(const Value& value, Key& key, Distinct& names) {
  Mapping keys(value);
  keys.require("name", names.once(name), key.name);
  WrittenKey written{value.place()};
  read_digest_of_key(value, keys, key.digest, written.is_short);
  if (!key.name.empty()) value.reading().keys.emplace(key.name, written);
  keys.read("models", model_names, key.models);
  keys.read("apis", read_apis, key.apis);
  keys.read("priority", WholeNumber(0, highest_priority), key.priority);
  keys.read("permissions", read_permissions, key.permissions);
  keys.read("expires", time, key.expires);
  keys.read("limits", read_limits, key.limits);
  keys.read("debug", boolean, key.debug);
}

void read_keys(const Value& value, std::vector<Key>& keys) {
  Distinct names;
  Distinct digests;
  for (const auto& item : value.some_items()) {
    auto& key = keys.emplace_back();
    read_key(item, key, names);
    if (key.digest == Sha256()) continue;  // there was none, and that was reported
    if (const auto line = digests.earlier(key.digest.hexadecimal(), item.place())) {
      item.complain("holds the same secret as the key in line " + std::to_string(*line) +
                    ", so that nobody could say which of the two is used");
    }
  }
}

}  // namespace

void read_access(const Value& value, Access& access) {
  if (value.kind() == Node::Kind::scalar) {
    const auto text = value.text();
    access.open = text == "open";
    // Not quoted: it could be a key that was written into the wrong place.
    if (text && !access.open) value.complain("must be the word `open`, or a mapping with `keys`");
    return;
  }
  Mapping keys(value);
  keys.read("keys", read_keys, access.keys);
}

}  // namespace pointsman::config
