#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "pointsman/access/quota.hpp"
#include "pointsman/base/clock.hpp"
#include "pointsman/config/key.hpp"

namespace pointsman::access {

// The quotas of all keys that have limits, by name: they outlive the rings, and a key that is rotated has one for both
// of its secrets. Used by whoever makes the rings, from one thread.
class Quotas {
 public:
  // The tokens that a key's requests took since then.
  using SpentSince = std::function<std::uint64_t(const std::string& key, WallTime since)>;

  // Of each of the keys, in their order; nullptr: it has no limits. `spent_since` is asked for budgets that are new.
  // Keys that are not among these are forgotten.
  std::vector<std::shared_ptr<Quota>> of(const std::vector<config::Key>& keys, WallTime now,
                                         const SpentSince& spent_since);

 private:
  struct Known {
    std::shared_ptr<Quota> quota;
    config::KeyLimits limits;
  };
  std::map<std::string, Known> by_name_;
};

}  // namespace pointsman::access
