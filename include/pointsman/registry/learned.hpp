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

// Whether two say the same of the routes and models, apart from when it was found out and what is in memory just now.
bool same_knowledge(const PerApi<Capability>& before, const PerApi<Capability>& after);
bool same_knowledge(const std::vector<ModelReport>& before, const std::vector<ModelReport>& after);

// The same of all that is known: the store need not be told.
bool same_knowledge(const Learned& before, const Learned& after);

// Whether two say the same of which models are in memory.
bool same_loaded(const Learned& before, const Learned& after);

// As the registry and the snapshots share it: what is learned next is a new one.
using LearnedPtr = std::shared_ptr<const Learned>;

}  // namespace pointsman::registry
