#pragma once

#include <vector>

#include "pointsman/base/clock.hpp"
#include "pointsman/config/load.hpp"

namespace pointsman::daemon {

// Keys of the file that are allowed but may not be meant: one whose time is over, one that fits no model that an
// endpoint lists (where all of them do), one that can be guessed. Never says a secret.
std::vector<config::Problem> key_warnings(const config::Loaded& loaded, const config::Vocabulary& vocabulary,
                                          WallTime now);

}  // namespace pointsman::daemon
