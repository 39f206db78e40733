#pragma once

#include <array>

#include "pointsman/observe/histogram.hpp"
#include "pointsman/routing/judgement.hpp"

namespace pointsman::proxy {

// What one worker counts of attempts that were not the last one. Written by its worker, read by whoever renders the
// metrics.
struct AttemptCounts {
  std::array<observe::Counter, routing::reason_count> moved;  // to another endpoint, by routing::Reason
  observe::Counter retried;                                   // at the same one
  observe::Counter fallbacks;                                 // requests that went to another model
  observe::Counter breaker_opened;
};

}  // namespace pointsman::proxy
