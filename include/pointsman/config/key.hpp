#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "pointsman/base/clock.hpp"
#include "pointsman/base/secret.hpp"

// A client's key, whichever source it comes from: the file or the database of keys.
namespace pointsman::config {

inline constexpr std::uint32_t highest_priority = 1'000;

// What a key may take of the models together that a glob names; 0: as much as it likes.
struct ModelLimits {
  std::string models;
  std::uint64_t requests_per_minute = 0;
  std::uint64_t tokens_per_minute = 0;
  std::uint64_t concurrent = 0;  // requests at once

  bool operator==(const ModelLimits&) const = default;
};

// What a key may take; 0: as much as it likes.
struct KeyLimits {
  std::uint64_t requests_per_minute = 0;
  std::uint64_t tokens_per_minute = 0;
  std::uint64_t concurrent = 0;
  std::uint64_t tokens_per_day = 0;
  std::uint64_t tokens_per_month = 0;
  std::vector<ModelLimits> models = {};  // beside what holds for all of them

  bool operator==(const KeyLimits&) const = default;
};

// What a key may see on an operations listener that other machines reach.
struct Permissions {
  bool admin = false;    // all of it
  bool metrics = false;  // /metrics

  bool operator==(const Permissions&) const = default;
};

struct Key {
  std::string name = {};
  Sha256 digest = {};                    // of the secret
  std::vector<std::string> models = {};  // globs; empty: every model
  std::uint32_t priority = 0;            // lower first, where requests wait
  std::vector<std::string> apis = {};    // names of the API table; empty: every API
  Permissions permissions = {};
  std::optional<WallTime> expires = {};  // from then on it is refused; absent: never
  KeyLimits limits = {};
  bool debug = false;  // it may ask how its requests are routed (x-pointsman-debug)

  bool operator==(const Key&) const = default;
};

}  // namespace pointsman::config
