#pragma once

#include <string>
#include <vector>

#include "pointsman/registry/report.hpp"

namespace pointsman::registry {

// What was learned of one endpoint, as the registry holds it and the store keeps it.
struct Learned {
  Health health = Health::unknown;
  std::string detail;
  std::string server_type;
  std::string version;
  std::vector<ModelReport> models;
  PerApi<Capability> routes;
  WallTime probed_at{};

  bool operator==(const Learned&) const = default;
};

}  // namespace pointsman::registry
