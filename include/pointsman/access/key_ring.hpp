#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "pointsman/access/quota.hpp"
#include "pointsman/base/clock.hpp"
#include "pointsman/config/key.hpp"

namespace pointsman::access {

// All the keys, from wherever they come. Two may have one name: a key that is rotated has two secrets for a while.
struct Grants {
  // A secret that was good once, and its key's name.
  struct Former {
    Sha256 digest;
    std::string name;
  };

  std::vector<config::Key> keys;
  std::size_t names = 0;            // of keys that there are or ever were, revoked ones too
  std::vector<Former> former = {};  // for the log only; as many of them as one likes to know
  // What counts for the limits of each key, in their order; nullptr: it has none. Empty: no key has any.
  std::vector<std::shared_ptr<Quota>> quotas = {};
};

// Why a key is not taken, for those who run the gateway; a client is told the same of all. Refers to its ring.
struct Refused {
  std::string_view cause;  // a literal: key_missing, key_unknown, key_revoked, key_expired
  std::string_view key;    // its name; empty: nobody knows it
};

// Who may come in. Immutable, so safe from every thread. Holds digests only.
class KeyRing {
 public:
  // Of two keys with one secret the first counts.
  explicit KeyRing(Grants grants);

  // There never were keys: everybody may come in. Revoking the last one does not open the door.
  bool open() const { return grants_.names == 0; }
  // Several clients that must not come by what is each other's.
  bool is_shared() const { return grants_.names > 1; }
  // Another one for each ring that was made, so that what was found out by one is not taken for another's. A copy has
  // that of its original.
  std::uint64_t number() const { return number_; }

  // The key that a request presents, from the values of Authorization (Bearer only) and x-api-key; nullptr: none, a
  // wrong one, or one that has expired. It lives as long as the ring.
  // Either header will do, and Authorization comes first: SDKs fill one of them from the environment while their user
  // set the other, and a request that proves one key has proven it, whatever else it carries.
  // Keys are looked up by a part of the digest of what is presented, which says nothing of the secrets; the digests are
  // then compared in a time that does not depend on where they differ.
  const config::Key* verify(std::optional<std::string_view> authorization, std::optional<std::string_view> x_api_key,
                            WallTime now) const;

  // What counts for the limits of a key of this ring; nullptr: it has none. It costs no lookup.
  Quota* quota_of(const config::Key& key) const {
    return grants_.quotas.empty() ? nullptr
                                  : grants_.quotas[static_cast<std::size_t>(&key - grants_.keys.data())].get();
  }
  // Of what verify() did not take.
  Refused why_refused(std::optional<std::string_view> authorization, std::optional<std::string_view> x_api_key,
                      WallTime now) const;

  // For people who ask. The key of this name that lasts longest of those with its secrets, expired or not; nullptr: it
  // is not good, or there is none.
  const config::Key* named(std::string_view name) const;
  // Whether there was one, as far as that is known.
  bool was_there(std::string_view name) const;

  // The key of this ring that has the same secret as one that another ring verified; nullptr: it is good no more.
  const config::Key* find(const config::Key& verified, WallTime now) const { return find(verified.digest, now); }

 private:
  struct Bucket {
    std::size_t operator()(const Sha256& digest) const { return digest.bucket(); }
  };

  const config::Key* find_presented(std::string_view text, WallTime now) const;
  const config::Key* find(const Sha256& digest, WallTime now) const;

  std::uint64_t number_;
  Grants grants_;
  std::unordered_map<Sha256, std::size_t, Bucket> places_;         // in the list of keys
  std::unordered_map<Sha256, std::size_t, Bucket> former_places_;  // in the list of former secrets
};

// A request keeps the ring that it was let in by.
using KeyRingPtr = std::shared_ptr<const KeyRing>;

// Whether its time is over.
inline bool has_expired(const config::Key& key, WallTime now) { return key.expires && now >= *key.expires; }

// Whether a key may use a model; without globs every model.
bool may_use(const config::Key& key, std::string_view model);
// The same of an API, by its name in the API table.
bool may_use_api(const config::Key& key, std::string_view api);

}  // namespace pointsman::access
