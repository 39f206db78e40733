#include "endpoint_details.hpp"

#include <algorithm>

namespace pointsman::api {
namespace {

using Json = nlohmann::ordered_json;

// In seconds; null where no time is known, as of what the operator says. A clock that was set back makes nothing newer
// than now.
Json age(WallTime since, WallTime now) {
  if (since == WallTime{}) return nullptr;
  return std::max<std::int64_t>(0, std::chrono::duration_cast<std::chrono::seconds>(now - since).count());
}

Json load(const registry::EndpointLoad& load) {
  const std::uint32_t slots = load.slots;
  return {{"in_flight", load.in_flight.load()},
          {"foreign", load.foreign.load()},
          {"slots", slots == 0 ? Json() : Json(slots)}};
}

}  // namespace

Json EndpointDetails::of(const registry::SnapshotModel& model) {
  Json result = Json::array();
  for (const auto number : model.endpoints) {
    const auto& endpoint = snapshot_.endpoints[number];
    const auto placement = placements_.find(model, number);
    const bool says_loaded = placement.report != nullptr && placement.report->loaded;
    result.push_back({{"name", endpoint.name},
                      {"health", registry::name(endpoint.health)},
                      {"server_type", endpoint.learned->server_type},
                      {"version", endpoint.learned->version},
                      {"model", placement.name},
                      {"loaded", says_loaded ? Json(*placement.report->loaded) : Json()},
                      {"load", load(*endpoint.load)},
                      {"apis", verdicts(endpoint, placement)}});
  }
  return result;
}

Json EndpointDetails::verdicts(const registry::SnapshotEndpoint& endpoint, const routing::Placement& placement) const {
  Json result = Json::object();
  for (const auto& row : registry::api_table) {
    const auto known = routing::capability_at(endpoint, placement, row.api);
    result[std::string(row.name)] = {{"verdict", registry::name(known.verdict)},
                                     {"how", registry::name(known.how)},
                                     {"age_seconds", age(known.at, now_)}};
  }
  return result;
}

}  // namespace pointsman::api
