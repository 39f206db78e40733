#include "pointsman/probe/abilities.hpp"

namespace pointsman::probe {

void note(const Abilities& abilities, const std::string& evidence, WallTime at, registry::ModelReport& model) {
  using registry::Provenance;
  using registry::Verdict;
  for (const auto& row : registry::api_table) {
    const bool able = row.needs_chat_model ? abilities.chats : abilities.embeds;
    model.apis[row.api] = {able ? Verdict::yes : Verdict::no, Provenance::probed, evidence, at};
  }
}

}  // namespace pointsman::probe
