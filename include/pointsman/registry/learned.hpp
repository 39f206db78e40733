#pragma once

#include <memory>
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

// As the registry and the snapshots share it: what is learned next is a new one.
using LearnedPtr = std::shared_ptr<const Learned>;

}  // namespace pointsman::registry
