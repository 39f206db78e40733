#pragma once

#include <initializer_list>
#include <nlohmann/json_fwd.hpp>
#include <span>
#include <string>
#include <string_view>

#include "pointsman/base/clock.hpp"
#include "pointsman/registry/api.hpp"
#include "pointsman/registry/report.hpp"

namespace pointsman::probe {

// What a model is made for, where a server tells: a set.
class Abilities {
 public:
  Abilities() = default;
  constexpr Abilities(std::initializer_list<registry::Ability> abilities) {
    for (const auto ability : abilities) add(ability);
  }

  constexpr void add(registry::Ability ability) { bits_ |= bit(ability); }
  constexpr bool has(registry::Ability ability) const { return (bits_ & bit(ability)) != 0; }
  constexpr bool empty() const { return bits_ == 0; }

  bool operator==(const Abilities&) const = default;

 private:
  static constexpr unsigned bit(registry::Ability ability) { return 1u << static_cast<unsigned>(ability); }

  unsigned bits_ = 0;
};

// A word that a server has for an ability.
struct AbilityWord {
  std::string_view word;
  registry::Ability ability;
};

// The abilities that a JSON array of words names; whatever else is in it is skipped.
Abilities named_abilities(const nlohmann::json& words, std::span<const AbilityWord> vocabulary);

// Writes down for each API whether a model with these abilities can be used with it, as far as that is up to the model.
// `unsaid`: abilities that the server does not speak of; of these nothing is written down.
void note(const Abilities& abilities, const std::string& evidence, WallTime at, registry::ModelReport& model,
          const Abilities& unsaid = {});

// What a model is made for it can be used with only where there is a route: takes back what note() wrote down where the
// route is missing or not known. `known`: the routes that were found out earlier and not asked for this time.
void limit_to_routes(const registry::PerApi<registry::Capability>& known, registry::ProbeReport& report);

}  // namespace pointsman::probe
