#pragma once

#include <nlohmann/json.hpp>
#include <vector>

#include "pointsman/proxy/waiting_room.hpp"
#include "pointsman/registry/snapshot.hpp"

// What operators are told of who has how many requests now, who may have how many, and who is left alone.
namespace pointsman::api {

// Adds to what is said of an endpoint: its `in_flight`, `max_concurrent` and `breaker`, and as `model_states` the same
// of those of its models that have a limit there or are left alone.
void add_load_state(const registry::SnapshotEndpoint& endpoint, MonotonicTime now, nlohmann::ordered_json& json);

// The models for which requests wait.
nlohmann::ordered_json queue_states(const std::vector<proxy::QueueLength>& queues);

}  // namespace pointsman::api
