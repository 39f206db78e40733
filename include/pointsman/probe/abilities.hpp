#pragma once

#include <string>

#include "pointsman/base/clock.hpp"
#include "pointsman/registry/report.hpp"

namespace pointsman::probe {

// What a model is made for, where a server tells.
struct Abilities {
  bool chats = false;
  bool embeds = false;

  bool operator==(const Abilities&) const = default;
};

// Writes down for each API whether a model with these abilities can be used with it.
void note(const Abilities& abilities, const std::string& evidence, WallTime at, registry::ModelReport& model);

}  // namespace pointsman::probe
