#include "pointsman/probe/abilities.hpp"

namespace pointsman::probe {

void note(const Abilities& abilities, const std::string& evidence, WallTime at, registry::ModelReport& model) {
  using registry::Provenance;
  using registry::Verdict;
  for (const auto& row : registry::api_table) {
    const Verdict verdict = abilities.has(row.ability) ? Verdict::yes : Verdict::no;
    model.apis[row.api] = {verdict, Provenance::probed, evidence, at};
  }
}

}  // namespace pointsman::probe
