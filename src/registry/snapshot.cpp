#include "pointsman/registry/snapshot.hpp"

namespace pointsman::registry {

const SnapshotModel* Snapshot::find(std::string_view model) const {
  const auto found = model_by_name.find(model);
  return found == model_by_name.end() ? nullptr : &models[found->second];
}

}  // namespace pointsman::registry
