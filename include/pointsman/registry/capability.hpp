#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "pointsman/base/clock.hpp"

namespace pointsman::registry {

// Whether an API is there.
enum class Verdict : std::uint8_t { unknown, no, yes };

// How we know. Later ones are worth more.
enum class Provenance : std::uint8_t { none, profile, openapi, probed, observed, configured };

// One piece of knowledge: is this API there, how do we know, and since when.
struct Capability {
  Verdict verdict = Verdict::unknown;
  Provenance how = Provenance::none;
  std::string evidence;  // what was asked and answered, 200 bytes at most: "POST /v1/responses {: 404 page not found"
  WallTime at{};

  bool operator==(const Capability&) const = default;
};

std::string_view name(Verdict verdict);        // "unknown", "no", "yes"
std::string_view name(Provenance provenance);  // "none", "profile", ...
std::optional<Verdict> verdict_named(std::string_view name);
std::optional<Provenance> provenance_named(std::string_view name);

}  // namespace pointsman::registry
