#pragma once

#include <nlohmann/json.hpp>

#include "pointsman/registry/snapshot.hpp"
#include "pointsman/routing/placement.hpp"

namespace pointsman::api {

// What `verbose=true` adds to a model: each of its endpoints, with every verdict, how it is known and how old it is. No
// URLs and no keys. Good while the snapshot lives.
class EndpointDetails {
 public:
  EndpointDetails(const registry::Snapshot& snapshot, WallTime now)
      : snapshot_(snapshot), placements_(snapshot), now_(now) {}

  nlohmann::ordered_json of(const registry::SnapshotModel& model);

 private:
  nlohmann::ordered_json verdicts(const registry::SnapshotEndpoint& endpoint,
                                  const routing::Placement& placement) const;

  const registry::Snapshot& snapshot_;
  routing::Placements placements_;
  WallTime now_;
};

}  // namespace pointsman::api
