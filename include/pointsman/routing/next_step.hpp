#pragma once

#include <cstdint>

#include "pointsman/config/settings.hpp"
#include "pointsman/routing/judgement.hpp"

namespace pointsman::routing {

// Where a request is after an attempt.
struct Progress {
  std::uint32_t attempts = 1;    // made, this one included
  bool has_repeated = false;     // the same endpoint was asked once more already
  bool has_other = false;        // another endpoint, not tried yet, could take it
  bool must_not_repeat = false;  // bound to an owner, or in the background: it may be moved only if nothing was sent
};

enum class Step : std::uint8_t {
  end,     // what the endpoint said is the client's answer
  move,    // to another endpoint
  repeat,  // at the same endpoint, after a pause
};

struct NextStep {
  Step step = Step::end;
  Milliseconds pause{0};

  bool operator==(const NextStep&) const = default;
};

// What becomes of a request of which nothing has gone to the client yet, the retry budget apart. `jitter`: from 0 to 1,
// where the pause is ours. No I/O.
NextStep next_step(const Judgement& judgement, const Progress& progress, const config::Routing& rules, double jitter);

inline constexpr Milliseconds shortest_pause{100};
inline constexpr Milliseconds longest_own_pause{300};

}  // namespace pointsman::routing
