#pragma once

#include <string>

#include "pointsman/probe/prober.hpp"

// What `pointsman probe URL` prints.
namespace pointsman::probe {

// For people, a few lines and columns.
std::string table(const Target& target, const Findings& findings);

// For programs: one JSON object, indented.
std::string json(const Target& target, const Findings& findings);

// Whether the endpoint is OpenAI-compatible and can be used: what the exit code says.
bool is_usable(const Findings& findings);

}  // namespace pointsman::probe
