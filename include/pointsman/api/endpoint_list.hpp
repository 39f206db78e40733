#pragma once

#include <functional>
#include <string>
#include <vector>

#include "pointsman/base/clock.hpp"
#include "pointsman/proxy/waiting_room.hpp"
#include "pointsman/registry/health_change.hpp"
#include "pointsman/registry/snapshot.hpp"

// GET /endpoints on the operations listener: how each endpoint is, and how it was; and who waits.
namespace pointsman::api {

// The changes of an endpoint's health, the newest first.
using HealthHistory = std::function<std::vector<registry::HealthChange>(const std::string& endpoint)>;

std::string endpoint_list_body(const registry::Snapshot& snapshot, const HealthHistory& history,
                               const std::vector<proxy::QueueLength>& queues, const Clock& clock);

}  // namespace pointsman::api
