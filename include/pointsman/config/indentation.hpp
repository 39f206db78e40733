#pragma once

#include <optional>
#include <string_view>

#include "pointsman/config/problem.hpp"

namespace pointsman::config {

// What is wrong with the beginning of a line (from 1) that is not YAML: a tab, or another column than that of the line
// which it seems to belong to. Nothing: it is something else. Quotes nothing, which could be part of a secret.
std::optional<Problem> wrong_indentation(std::string_view yaml, int line);

}  // namespace pointsman::config
