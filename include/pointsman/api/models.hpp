#pragma once

#include <functional>
#include <string>

#include "pointsman/registry/snapshot.hpp"

// The bodies of GET /v1/models and GET /v1/models/{id}.
namespace pointsman::api {

// Which models a client may see.
using Visible = std::function<bool(const registry::SnapshotModel&)>;

std::string models_body(const registry::Snapshot& snapshot, const Visible& visible);
std::string model_body(const registry::Snapshot& snapshot, const registry::SnapshotModel& model);

}  // namespace pointsman::api
