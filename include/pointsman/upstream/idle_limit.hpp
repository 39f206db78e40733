#pragma once

#include <algorithm>

#include "pointsman/base/clock.hpp"

namespace pointsman::upstream {

// How long a connection to one place may have been idle and still be used: what nearly every server allows at first,
// then what this one has shown. Decides only; the pool tells it what it sees of idle connections.
class IdleLimit {
 public:
  static constexpr Milliseconds at_first{4'000};  // most servers close after 5 s
  static constexpr Milliseconds most{60'000};
  static constexpr Milliseconds margin{1'000};  // a request must not meet the close on its way

  Milliseconds value() const { return value_; }
  // Up to when an idle connection is worth keeping: a little longer than it may be used, to see whether it lives on.
  Milliseconds kept() const { return value_ + 2 * margin; }

  // A connection was open after having been idle for so long.
  void survived(Milliseconds idle) { value_ = std::max(value_, std::min(idle - margin, most)); }
  // The endpoint had closed one by then.
  void closed(Milliseconds idle) { value_ = std::min(value_, std::max(idle - 2 * margin, Milliseconds(0))); }

 private:
  Milliseconds value_ = at_first;
};

}  // namespace pointsman::upstream
