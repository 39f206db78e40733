#pragma once

#include "pointsman/config/settings.hpp"
#include "pointsman/config/value.hpp"

namespace pointsman::config {

// The whole file.
void read_settings(const Value& value, Settings& settings);

}  // namespace pointsman::config
