#pragma once

#include <string>
#include <vector>

#include "pointsman/store/kept_key.hpp"

// What happened to the keys of the database.
namespace pointsman::daemon {

// Names; each key stands in one list, for what weighs most.
struct KeyChanges {
  std::vector<std::string> added;
  std::vector<std::string> revoked;
  std::vector<std::string> rotated;
  std::vector<std::string> changed;  // what they may do, or until when
  std::vector<std::string> removed;  // another database is in the place of the old one

  bool none() const;
};

// Both by name.
KeyChanges key_changes(const std::vector<store::KeptKey>& before, const std::vector<store::KeptKey>& after);

// The same for keys that are refused and taken alike, and another one for all others: what `keys create`, `rotate` and
// `revoke` change is in it. Gives no secret away.
std::string fingerprint(const std::vector<store::KeptKey>& keys);

}  // namespace pointsman::daemon
