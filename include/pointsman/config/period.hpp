#pragma once

#include "pointsman/base/clock.hpp"

namespace pointsman::config {

// For how long something is good: from the first moment on, and no more at the last.
struct Period {
  WallTime from;
  WallTime until;
};

}  // namespace pointsman::config
