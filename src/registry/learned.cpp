#include "pointsman/registry/learned.hpp"

#include <algorithm>

namespace pointsman::registry {
namespace {

bool same(const Capability& before, const Capability& after) {
  return before.verdict == after.verdict && before.how == after.how && before.evidence == after.evidence;
}

bool same(const ModelReport& before, const ModelReport& after) {
  return before.id == after.id && before.created == after.created && before.owned_by == after.owned_by &&
         before.context_length == after.context_length && same_knowledge(before.apis, after.apis);
}

}  // namespace

bool same_knowledge(const PerApi<Capability>& before, const PerApi<Capability>& after) {
  return std::ranges::all_of(api_table, [&](const ApiRow& row) { return same(before[row.api], after[row.api]); });
}

bool same_knowledge(const std::vector<ModelReport>& before, const std::vector<ModelReport>& after) {
  return std::ranges::equal(before, after, [](const auto& one, const auto& other) { return same(one, other); });
}

bool same_knowledge(const Learned& before, const Learned& after) {
  return before.health == after.health && before.detail == after.detail && before.server_type == after.server_type &&
         before.version == after.version && same_knowledge(before.routes, after.routes) &&
         same_knowledge(before.models, after.models);
}

bool same_loaded(const Learned& before, const Learned& after) {
  return std::ranges::equal(before.models, after.models, {}, &ModelReport::loaded, &ModelReport::loaded);
}

}  // namespace pointsman::registry
