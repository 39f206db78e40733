#pragma once

#include "pointsman/config/settings.hpp"
#include "pointsman/config/value.hpp"

namespace pointsman::config {

// `access:`: the word `open`, or {keys}. Of the keys only digests are kept.
void read_access(const Value& value, Access& access);

}  // namespace pointsman::config
