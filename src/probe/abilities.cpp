#include "pointsman/probe/abilities.hpp"

#include <nlohmann/json.hpp>

namespace pointsman::probe {

using registry::Capability;
using registry::Provenance;
using registry::Verdict;

Abilities named_abilities(const nlohmann::json& words, std::span<const AbilityWord> vocabulary) {
  Abilities abilities;
  for (const auto& each : vocabulary) {
    for (const auto& word : words) {
      if (word.is_string() && word.get_ref<const std::string&>() == each.word) abilities.add(each.ability);
    }
  }
  return abilities;
}

void note(const Abilities& abilities, const std::string& evidence, WallTime at, registry::ModelReport& model,
          const Abilities& unsaid) {
  for (const auto& row : registry::api_table) {
    if (row.ability == registry::Ability::any || unsaid.has(row.ability)) continue;
    const Verdict verdict = abilities.has(row.ability) ? Verdict::yes : Verdict::no;
    model.apis[row.api] = {verdict, Provenance::probed, evidence, at};
  }
}

void limit_to_routes(const registry::PerApi<Capability>& known, registry::ProbeReport& report) {
  for (const auto& row : registry::api_table) {
    const Capability& asked = report.routes[row.api];
    const Capability& route = asked.verdict != Verdict::unknown ? asked : known[row.api];
    if (route.verdict == Verdict::yes) continue;
    for (auto& model : report.models) {
      Capability& own = model.apis[row.api];
      if (own.verdict == Verdict::yes && own.how != Provenance::observed) own = route;
    }
  }
}

}  // namespace pointsman::probe
