#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "pointsman/registry/snapshot.hpp"

// What a model is on one of its endpoints, for people who ask: requests are routed by Candidate alone.
namespace pointsman::routing {

struct Placement {
  std::string_view name;                          // what the model is called there
  const registry::ModelReport* report = nullptr;  // what the endpoint says of it; nullptr: it does not list it
};

// Finds placements. Looks an endpoint's list through once, so that asking for all models of all endpoints stays cheap.
// What it returns is good while the snapshot lives.
class Placements {
 public:
  explicit Placements(const registry::Snapshot& snapshot) : snapshot_(snapshot), reports_(snapshot.endpoints.size()) {}

  // `endpoint` is one of model.endpoints.
  Placement find(const registry::SnapshotModel& model, std::uint32_t endpoint);

 private:
  using Reports = std::unordered_map<std::string_view, const registry::ModelReport*>;

  const Reports& reports_of(std::uint32_t endpoint);

  const registry::Snapshot& snapshot_;
  std::vector<std::optional<Reports>> reports_;  // by endpoint, once looked through
};

// Whether the model can be used with an API there, and how that is known.
registry::Capability capability_at(const registry::SnapshotEndpoint& endpoint, const Placement& placement,
                                   registry::Api api);

}  // namespace pointsman::routing
