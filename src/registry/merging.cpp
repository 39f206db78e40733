#include "pointsman/registry/merging.hpp"

#include <algorithm>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include "pointsman/registry/verdict.hpp"

namespace pointsman::registry {
namespace {

struct Changes {
  bool type = false;
  bool version = false;
  bool models = false;
  bool returned = false;  // it was down, and may be anything now

  bool any() const { return type || version || models || returned; }
};

bool same_names(const std::vector<ModelReport>& known, const std::vector<ModelReport>& listed) {
  std::unordered_set<std::string_view> missing;
  for (const auto& model : known) missing.insert(model.id);
  std::unordered_set<std::string_view> seen;
  for (const auto& model : listed) {
    if (model.id.empty() || !seen.insert(model.id).second) continue;
    if (missing.erase(model.id) == 0) return false;
  }
  return missing.empty();
}

// Only an endpoint that answered can tell that it is no longer what it was, and only one that is up tells its version.
Changes changes(const Learned& known, const ProbeReport& report) {
  const bool is_up = report.health == Health::up;
  Changes changed;
  changed.type = (is_up || !report.server_type.empty()) && report.server_type != known.server_type;
  changed.version = is_up && report.version != known.version;
  changed.models = report.models_listed && !same_names(known.models, report.models);
  changed.returned = is_up && known.health == Health::down;
  return changed;
}

bool is_fresh_observation(const Capability& capability, WallTime now) {
  const Milliseconds lasts = capability.verdict == Verdict::no ? Milliseconds(denial_lasts) : observation_lasts;
  return capability.how == Provenance::observed && capability.at <= now && now - capability.at < lasts;
}

// An unknown in `found` leaves what was known, with how and since when; so does what is worth less.
void keep_known(const PerApi<Capability>& known, bool is_same_server, WallTime now, PerApi<Capability>& found) {
  for (const auto& row : api_table) {
    const Capability& before = known[row.api];
    Capability& after = found[row.api];
    const bool is_new = after.verdict != Verdict::unknown;
    const bool stands = is_same_server && is_fresh_observation(before, now) && after.how < Provenance::observed;
    if (before.verdict != Verdict::unknown && (!is_new || stands)) after = before;
  }
}

// What stays of a model's verdicts before anything new is said. Observations pass, because no probe asks for them
// again: what is true is seen again soon.
PerApi<Capability> lasting(const PerApi<Capability>& known, const Changes& changed, WallTime now) {
  if (changed.type || changed.version) return {};
  PerApi<Capability> result = known;
  for (const auto& row : api_table) {
    Capability& each = result[row.api];
    if (each.how == Provenance::observed && (changed.models || changed.returned || !is_fresh_observation(each, now)))
      each = {};
  }
  return result;
}

void keep_facts(const ModelReport& known, ModelReport& found) {
  // Some servers say that their models were created now, whenever they are asked.
  if (known.created != 0) found.created = known.created;
  if (found.owned_by.empty()) found.owned_by = known.owned_by;
  if (!found.context_length) found.context_length = known.context_length;
}

// The listed models with what was known of them. A model listed twice is there once; one without a name cannot be
// asked for, and the database keeps an endpoint's routes under that name.
std::vector<ModelReport> merged_models(const std::vector<ModelReport>& known, const Changes& changed, WallTime now,
                                       std::vector<ModelReport> listed) {
  std::unordered_map<std::string_view, const ModelReport*> known_by_id;
  for (const auto& model : known) known_by_id.emplace(model.id, &model);

  std::unordered_set<std::string> seen;
  std::vector<ModelReport> result;
  result.reserve(listed.size());
  for (auto& model : listed) {
    if (model.id.empty() || !seen.insert(model.id).second) continue;
    if (const auto found = known_by_id.find(model.id); found != known_by_id.end()) {
      keep_facts(*found->second, model);
      keep_known(lasting(found->second->apis, changed, now), !changed.any(), now, model.apis);
    }
    result.push_back(std::move(model));
  }
  return result;
}

}  // namespace

Learned merged(const Learned& known, ProbeReport report) {
  const Changes changed = changes(known, report);
  Learned learned = known;
  learned.probed_at = report.at;
  if (changed.type || changed.version) {
    learned.server_type = std::move(report.server_type);
    learned.version = std::move(report.version);
  }
  learned.routes = std::move(report.routes);
  if (!changed.type) keep_known(known.routes, !changed.any(), report.at, learned.routes);
  if (report.models_listed) {
    learned.models = merged_models(known.models, changed, report.at, std::move(report.models));
    return learned;
  }
  for (auto& model : learned.models) {
    model.apis = lasting(model.apis, changed, report.at);
    model.loaded.reset();
  }
  return learned;
}

bool leaves_open(const Learned& known, const ProbeReport& report) {
  if (!report.models_listed || !changes(known, report).any()) return false;
  std::unordered_map<std::string_view, const ModelReport*> listed;
  for (const auto& model : report.models) listed.emplace(model.id, &model);
  return std::ranges::any_of(known.models, [&](const ModelReport& before) {
    const auto found = listed.find(before.id);
    return found != listed.end() && std::ranges::any_of(api_table, [&](const ApiRow& row) {
             return before.apis[row.api].verdict != Verdict::unknown &&
                    found->second->apis[row.api].verdict == Verdict::unknown;
           });
  });
}

bool take_in(const Lesson& lesson, WallTime at, Learned& learned) {
  if (lesson.verdict == Verdict::unknown) return false;
  const auto model = std::ranges::find(learned.models, lesson.model, &ModelReport::id);
  const bool is_listed = model != learned.models.end();
  if (!lesson.of_route && !is_listed) return false;

  const Capability known = is_listed ? capability_of({}, learned, *model, lesson.api) : learned.routes[lesson.api];
  // What a profile or a document says may be true by chance, so that seeing it is news.
  if (known.verdict == lesson.verdict && known.how >= Provenance::probed) return false;

  const Capability observed{lesson.verdict, Provenance::observed, lesson.evidence, at};
  if (!lesson.of_route) {
    model->apis[lesson.api] = observed;
    return true;
  }
  learned.routes[lesson.api] = observed;
  // What a model is made for never makes up for a route that is missing.
  for (auto& each : learned.models) {
    if (lesson.verdict == Verdict::no && each.apis[lesson.api].verdict == Verdict::yes) each.apis[lesson.api] = {};
  }
  return true;
}

}  // namespace pointsman::registry
