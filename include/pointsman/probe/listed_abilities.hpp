#pragma once

#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>

#include "pointsman/registry/api.hpp"
#include "pointsman/registry/capability.hpp"

namespace pointsman::probe {

// What an entry of a list of models says about the APIs that the model can be used with.
struct ListedAbilities {
  registry::PerApi<registry::Verdict> apis;  // unknown: it does not say
  std::string words;                         // how it says it: `type "embedding"`
};

// Servers and providers say it in different members, and some of them name the same member for something else: only
// values that are known to speak of this count. Nothing: the entry does not say.
std::optional<ListedAbilities> listed_abilities(const nlohmann::json& entry);

// Whether the entry says that the model is in memory, or that it is not; nothing: it does not say.
std::optional<bool> listed_as_loaded(const nlohmann::json& entry);

}  // namespace pointsman::probe
