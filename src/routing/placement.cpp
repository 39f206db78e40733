#include "pointsman/routing/placement.hpp"

#include "pointsman/registry/verdict.hpp"

namespace pointsman::routing {
namespace {

// The name that requests are sent with; nothing where none would be, because no API can be used there.
std::optional<std::string_view> name_of_candidate(const registry::SnapshotModel& model, std::uint32_t endpoint) {
  for (const auto& row : registry::api_table) {
    for (const auto& each : model.candidates[row.api]) {
      if (each.endpoint == endpoint) return model.names[each.name];
    }
  }
  return std::nullopt;
}

}  // namespace

Placement Placements::find(const registry::SnapshotModel& model, std::uint32_t endpoint) {
  const Reports& reports = reports_of(endpoint);
  Placement result;
  if (const auto name = name_of_candidate(model, endpoint)) {
    result.name = *name;
    const auto found = reports.find(*name);
    if (found != reports.end()) result.report = found->second;
    return result;
  }
  for (const auto& name : model.names) {
    const auto found = reports.find(name);
    if (found != reports.end()) return {name, found->second};
  }
  result.name = model.names.front();
  return result;
}

const Placements::Reports& Placements::reports_of(std::uint32_t endpoint) {
  auto& reports = reports_[endpoint];
  if (!reports) {
    reports.emplace();
    for (const auto& model : snapshot_.endpoints[endpoint].learned->models) reports->emplace(model.id, &model);
  }
  return *reports;
}

registry::Capability capability_at(const registry::SnapshotEndpoint& endpoint, const Placement& placement,
                                   registry::Api api) {
  static const registry::ModelReport not_listed;
  return registry::capability_of(endpoint.apis, *endpoint.learned,
                                 placement.report == nullptr ? not_listed : *placement.report, api);
}

}  // namespace pointsman::routing
