#pragma once

#include <algorithm>
#include <cstddef>

#include "pointsman/base/clock.hpp"
#include "pointsman/http/limits.hpp"

namespace pointsman::http {

// How slowly a body may come: a pause between two pieces, and after some grace a rate on the whole, so that nobody
// keeps a connection and its memory busy with a byte now and then. Decides only; whoever reads keeps the time.
class Pace {
 public:
  Pace(const Limits& limits, MonotonicTime began) : limits_(limits), began_(began) {}

  // Until when the next piece has to come, when `received` bytes are there.
  MonotonicTime next_deadline(MonotonicTime now, std::size_t received) const {
    const Milliseconds earned(1000 * received / limits_.body_rate);
    return std::min(now + limits_.body_pause, began_ + limits_.body_grace + earned);
  }

 private:
  const Limits& limits_;
  MonotonicTime began_;
};

}  // namespace pointsman::http
