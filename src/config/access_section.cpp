#include "pointsman/config/access_section.hpp"

#include "pointsman/config/kinds.hpp"
#include "pointsman/config/secret_reader.hpp"

namespace pointsman::config {
namespace {

void read_digest(const Value& value, Sha256& digest) {
  const auto text = value.text();
  if (text && !Sha256::parse(*text, digest)) {
    value.complain("must be the SHA-256 of a key: 64 hexadecimal digits, as `printf %s KEY | sha256sum` prints them");
  }
}

// The digest from the one of the three keys that is there.
void read_digest_of_key(const Value& value, Mapping& keys, Sha256& digest) {
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
  read_one("key_sha256", read_digest, digest);
  if (found == 0 && keys.is_usable()) value.complain("needs one of the keys `key`, `key_file` and `key_sha256`");
}

void read_key(const Value& value, Key& key, Distinct& names) {
  Mapping keys(value);
  keys.require("name", names.once(name), key.name);
  read_digest_of_key(value, keys, key.digest);
  keys.read("models", model_names, key.models);
  keys.read("priority", WholeNumber(0, 1'000), key.priority);
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
