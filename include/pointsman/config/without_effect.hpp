#pragma once

#include <string_view>

namespace pointsman::config {

// Whether this version reads a setting, but does not act on it yet, so that the user is told.
bool has_no_effect(std::string_view name, std::string_view text);

}  // namespace pointsman::config
