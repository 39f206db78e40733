#include "pointsman/probe/routine.hpp"

#include <algorithm>

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

bool is_fresh(const registry::Capability& capability, WallTime now) {
  return capability.verdict != registry::Verdict::unknown && !is_stale(capability.at, now);
}

}  // namespace

bool is_stale(WallTime at, WallTime now) { return !is_within(at, now, verdict_lasts); }

bool same_models(const std::vector<registry::ModelReport>& known, const std::vector<registry::ModelReport>& seen) {
  return sorted_ids(known) == sorted_ids(seen);
}

bool is_settled(const Known& known, WallTime now) {
  const auto knows = [&](const registry::ApiRow& row) { return is_fresh(known.routes[row.api], now); };
  const bool asked_today = !is_stale(known.routes_asked, now) || std::ranges::any_of(registry::api_table, knows);
  return asked_today && !known.models.empty();
}

bool is_examined(const Known& known, std::string_view model, WallTime now) {
  const auto found = std::ranges::find(known.models, model, &registry::ModelReport::id);
  return found != known.models.end() && is_fresh(found->apis[registry::Api::chat_completions], now);
}

std::unordered_set<std::string_view> examined_models(const Known& known, WallTime now) {
  std::unordered_set<std::string_view> examined;
  for (const auto& model : known.models) {
    if (is_fresh(model.apis[registry::Api::chat_completions], now)) examined.insert(model.id);
  }
  return examined;
}

registry::PerApi<bool> routes_due(const Known& known, const registry::ProbeReport& seen, WallTime now) {
  const bool changed =
      known.server_type != seen.server_type || known.version != seen.version || !same_models(known.models, seen.models);
  const bool asked_lately = is_within(known.routes_asked, now, unknown_lasts);
  registry::PerApi<bool> due;
  for (const auto& row : registry::api_table) {
    const auto& route = known.routes[row.api];
    const bool is_known = route.verdict != registry::Verdict::unknown;
    const bool is_there = route.verdict == registry::Verdict::yes;
    const bool wanting = (!is_there && !asked_lately) || (is_known && is_stale(route.at, now));
    due[row.api] = changed || wanting;
  }
  return due;
}

}  // namespace pointsman::probe
