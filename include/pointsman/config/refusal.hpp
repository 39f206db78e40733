#pragma once

#include <optional>
#include <string>

#include "pointsman/config/problem.hpp"
#include "pointsman/config/settings.hpp"

namespace pointsman::config {

// What beyond the syntax makes a configuration unsafe to start with; "" if nothing does.
// A listener that is not loopback without keys, unless the file says `access: open`. `has_kept_keys`: there are, or
// were, keys that no file says.
std::string refusal_to_start(const Settings& settings, bool has_kept_keys = false);

// Says that there is nobody to serve, if the file names no endpoint and lets none be looked for.
std::optional<Problem> warning_of_no_endpoints(const Settings& settings);

}  // namespace pointsman::config
