#pragma once

#include <functional>
#include <optional>
#include <string>

#include "pointsman/registry/snapshot.hpp"

// The bodies of GET /v1/models and GET /v1/models/{id}.
namespace pointsman::api {

// Which models a client may see.
using Visible = std::function<bool(const registry::SnapshotModel&)>;

// With `now`, each model says for each of its endpoints what is known, how, and how old that is: verbose=true.
std::string models_body(const registry::Snapshot& snapshot, const Visible& visible, std::optional<WallTime> now = {});
std::string model_body(const registry::Snapshot& snapshot, const registry::SnapshotModel& model,
                       std::optional<WallTime> now = {});

}  // namespace pointsman::api
