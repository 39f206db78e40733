#include "pointsman/http/pace.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace pointsman::http {
namespace {

using namespace std::chrono_literals;

TEST(Pace, AllowsAPauseAndThenARate) {
  struct Case {
    const char* what;
    Milliseconds now;  // since the body began, as all times here
    std::size_t received;
    Milliseconds deadline;
  };
  const std::vector<Case> cases{
      {"at first a pause", 0ms, 0, 1000ms},
      {"each piece allows another pause", 700ms, 1, 1700ms},
      {"whatever its size", 700ms, 1'000'000, 1700ms},
      {"until the grace is over", 4200ms, 0, 5000ms},
      {"each byte earns 10 ms", 4200ms, 1, 5010ms},
      {"and no more", 4200ms, 19, 5190ms},
      {"than the pause", 4200ms, 20, 5200ms},
      {"however many there were", 4200ms, 21, 5200ms},
      {"too slow already", 6000ms, 50, 5500ms},
      {"64 MiB in a minute", 60'000ms, std::size_t{64} << 20, 61'000ms},
  };
  const Limits limits{.body_pause = 1000ms, .body_grace = 5000ms, .body_rate = 100};
  const MonotonicTime began(7h);
  const Pace pace(limits, began);
  for (const auto& each : cases) {
    EXPECT_EQ(pace.next_deadline(began + each.now, each.received), began + each.deadline) << each.what;
  }
}

// Less than a byte in a millisecond, and more.
TEST(Pace, CountsByTheRate) {
  struct Case {
    std::size_t rate;
    std::size_t received;
    Milliseconds earned;
  };
  const std::vector<Case> cases{{1, 1, 1s}, {1024, 1024, 1s}, {1024, 1, 0ms}, {1024, 2, 1ms}, {1'000'000, 5'000, 5ms}};
  for (const auto& each : cases) {
    const Limits limits{.body_pause = 1h, .body_grace = 0ms, .body_rate = each.rate};
    const MonotonicTime began(7h);
    EXPECT_EQ(Pace(limits, began).next_deadline(began, each.received), began + each.earned)
        << each.received << " bytes at " << each.rate << " in a second";
  }
}

}  // namespace
}  // namespace pointsman::http
