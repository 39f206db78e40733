#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>

#include "pointsman/base/clock.hpp"
#include "pointsman/registry/api.hpp"
#include "pointsman/registry/report.hpp"

namespace pointsman::probe {

// What a model is made for, where a server tells: a set.
class Abilities {
 public:
  Abilities() = default;
  Abilities(std::initializer_list<registry::Ability> abilities) {
    for (const auto ability : abilities) add(ability);
  }

  void add(registry::Ability ability) { bits_ |= bit(ability); }
  bool has(registry::Ability ability) const { return (bits_ & bit(ability)) != 0; }
  bool empty() const { return bits_ == 0; }

  bool operator==(const Abilities&) const = default;

 private:
  static unsigned bit(registry::Ability ability) { return 1u << static_cast<unsigned>(ability); }

  unsigned bits_ = 0;
};

// Writes down for each API whether a model with these abilities can be used with it.
void note(const Abilities& abilities, const std::string& evidence, WallTime at, registry::ModelReport& model);

}  // namespace pointsman::probe
