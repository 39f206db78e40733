#include "pointsman/probe/routine.hpp"

#include <algorithm>
#include <string_view>

namespace pointsman::probe {
namespace {

std::vector<std::string_view> sorted_ids(const std::vector<registry::ModelReport>& models) {
  std::vector<std::string_view> ids;
  ids.reserve(models.size());
  for (const auto& model : models) ids.push_back(model.id);
  std::ranges::sort(ids);
  return ids;
}

bool is_within(WallTime at, WallTime now, Milliseconds duration) { return at <= now && now - at < duration; }

}  // namespace

bool is_stale(WallTime at, WallTime now) { return !is_within(at, now, verdict_lasts); }

bool same_models(const std::vector<registry::ModelReport>& known, const std::vector<registry::ModelReport>& seen) {
  return sorted_ids(known) == sorted_ids(seen);
}

bool is_settled(const Known& known, WallTime now) {
  const auto is_fresh = [&](const registry::ApiRow& row) {
    const auto& route = known.routes[row.api];
    return route.verdict != registry::Verdict::unknown && !is_stale(route.at, now);
  };
  const bool asked_today = !is_stale(known.routes_asked, now) || std::ranges::any_of(registry::api_table, is_fresh);
  return asked_today && !known.models.empty();
}

registry::PerApi<bool> routes_due(const Known& known, const registry::ProbeReport& seen, WallTime now) {
  const bool changed =
      known.server_type != seen.server_type || known.version != seen.version || !same_models(known.models, seen.models);
  const bool asked_lately = is_within(known.routes_asked, now, unknown_lasts);
  registry::PerApi<bool> due;
  for (const auto& row : registry::api_table) {
    const auto& route = known.routes[row.api];
    const bool wanting = route.verdict == registry::Verdict::unknown ? !asked_lately : is_stale(route.at, now);
    due[row.api] = changed || wanting;
  }
  return due;
}

}  // namespace pointsman::probe
