#pragma once

#include <string>

#include "pointsman/base/clock.hpp"
#include "pointsman/registry/health.hpp"

namespace pointsman::registry {

// An endpoint's health became another: a line of its history.
struct HealthChange {
  Health from = Health::unknown;
  Health to = Health::unknown;
  std::string detail;  // for a person: why
  WallTime at{};

  bool operator==(const HealthChange&) const = default;
};

}  // namespace pointsman::registry
