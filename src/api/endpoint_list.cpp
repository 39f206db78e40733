#include "pointsman/api/endpoint_list.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "load_state.hpp"

namespace pointsman::api {
namespace {

using Json = nlohmann::ordered_json;

// A clock that was set back makes nothing newer than now.
std::int64_t age_seconds(WallTime since, WallTime now) {
  return std::max<std::int64_t>(0, std::chrono::duration_cast<std::chrono::seconds>(now - since).count());
}

Json changes(const std::vector<registry::HealthChange>& history, WallTime now) {
  Json result = Json::array();
  for (const auto& each : history) {
    result.push_back({{"from", registry::name(each.from)},
                      {"to", registry::name(each.to)},
                      {"cause", each.detail},
                      {"age_seconds", age_seconds(each.at, now)}});
  }
  return result;
}

}  // namespace

std::string endpoint_list_body(const registry::Snapshot& snapshot, const HealthHistory& history,
                               const std::vector<proxy::QueueLength>& queues, const Clock& clock) {
  Json list = Json::array();
  for (const auto& endpoint : snapshot.endpoints) {
    const auto& learned = *endpoint.learned;
    Json each{{"name", endpoint.name},
              {"url", endpoint.url.text()},
              {"health", registry::name(endpoint.health)},
              {"cause", learned.detail},
              {"server_type", learned.server_type},
              {"version", learned.version},
              {"models", endpoint.models.size()}};
    add_load_state(endpoint, clock.monotonic(), each);
    each["changes"] = changes(history(endpoint.name), clock.wall());
    list.push_back(std::move(each));
  }
  return Json{{"endpoints", list}, {"queues", queue_states(queues)}}.dump(-1, ' ', false,
                                                                          Json::error_handler_t::replace);
}

}  // namespace pointsman::api
