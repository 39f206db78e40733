#pragma once

#include <string>

#include "pointsman/config/settings.hpp"

namespace pointsman::config {

// What beyond the syntax makes a configuration unsafe to start with; "" if nothing does.
// A listener that is not loopback without keys, unless the file says `access: open`.
std::string refusal_to_start(const Settings& settings);

}  // namespace pointsman::config
