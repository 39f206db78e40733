#pragma once

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>

#include "pointsman/base/clock.hpp"
#include "pointsman/observe/histogram.hpp"

namespace pointsman::proxy {

// Microseconds, shown as seconds: the buckets of OpenTelemetry's gen_ai.server.time_per_output_token.
struct TokenBuckets {
  static constexpr std::array<std::int64_t, 13> bounds{10'000,  25'000,  50'000,  75'000,  100'000,   150'000,  200'000,
                                                       300'000, 400'000, 500'000, 750'000, 1'000'000, 2'500'000};
  static constexpr double per_unit = 1e6;
};
using TokenTimes = observe::HistogramOf<TokenBuckets>;

// When the events of a stream that carry tokens came, to the millisecond.
struct StreamPace {
  // As many came in all by now, more than before.
  void came(std::uint32_t in_all, MonotonicTime now) {
    if (events == 0) {
      first = now;
    } else if (between != nullptr) {
      between->observe(std::max(now - last, Milliseconds(0)));
    }
    last = now;
    events = in_all;
  }

  TokenTimes* between = nullptr;  // takes the time between two arrivals; nullptr: nobody does
  MonotonicTime first{};
  MonotonicTime last{};
  std::uint32_t events = 0;
};

}  // namespace pointsman::proxy
