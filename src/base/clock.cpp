#include "pointsman/base/clock.hpp"

namespace pointsman {

MonotonicTime SystemClock::monotonic() const {
  return std::chrono::time_point_cast<Milliseconds>(std::chrono::steady_clock::now());
}

WallTime SystemClock::wall() const {
  return std::chrono::time_point_cast<Milliseconds>(std::chrono::system_clock::now());
}

}  // namespace pointsman
