#pragma once

#include <string>

#include "pointsman/config/environment.hpp"
#include "pointsman/doctor/finding.hpp"

// What `pointsman doctor` prints.
namespace pointsman::doctor {

// For people: what belongs together under one heading, in the order in which subjects come first, and a line that sums
// up. Control characters in what others said are blanks.
std::string text(const Diagnosis& diagnosis, bool in_colour);

// For programs: one JSON object, indented.
std::string json(const Diagnosis& diagnosis);

// Only a terminal that can show colours gets them, and nobody who set NO_COLOR (https://no-color.org).
bool wants_colour(bool is_terminal, const config::Environment& environment);

}  // namespace pointsman::doctor
