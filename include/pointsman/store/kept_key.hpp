#pragma once

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include "pointsman/base/clock.hpp"
#include "pointsman/base/secret.hpp"
#include "pointsman/config/key.hpp"

namespace pointsman::store {

// What is kept of a client's secret.
struct KeptToken {
  Sha256 digest;
  std::string ending;  // its last characters, to recognise it by
  WallTime created_at{};
  std::optional<WallTime> expires = {};  // absent: when the key does

  bool operator==(const KeptToken&) const = default;
};

// A key of the database, with all of its tokens.
struct KeptKey {
  config::Key grants;  // what it may do; no digest
  WallTime created_at{};
  std::optional<WallTime> revoked_at = {};
  std::vector<KeptToken> tokens = {};  // the newest first

  bool operator==(const KeptKey&) const = default;
};

// How many of them were not revoked.
inline std::size_t count_unrevoked(const std::vector<KeptKey>& keys) {
  return static_cast<std::size_t>(std::ranges::count_if(keys, [](const auto& each) { return !each.revoked_at; }));
}

}  // namespace pointsman::store
