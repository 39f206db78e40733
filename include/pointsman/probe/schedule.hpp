#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "pointsman/base/clock.hpp"

namespace pointsman::probe {

// When each endpoint is to be probed: a new one at once, then an interval after its last probe ended, give or take a
// tenth so that they do not march in step. Never two probes of one endpoint at a time. No I/O and no clock of its own:
// the time is given; lives on the control plane's thread.
class Schedule {
 public:
  // The same seed gives the same times.
  Schedule(Milliseconds interval, std::uint64_t seed);

  // From now on: what would have to wait for longer is due after the new one.
  void set_interval(Milliseconds interval, MonotonicTime now);

  // The endpoints that there are. New ones are due at once; of those that are gone nothing is kept.
  void set_endpoints(const std::vector<std::string>& names, MonotonicTime now);

  // The endpoints whose probe is to begin now; each is under way until finished().
  std::vector<std::string> begin_due(MonotonicTime now);

  // A probe that begin_due() asked for has ended. An endpoint that is gone meanwhile is ignored.
  void finished(std::string_view name, MonotonicTime now);

  // Makes an endpoint due at `by`, or sooner if it is so already; if its probe is under way, once more after that.
  // True: next() has become sooner.
  bool hurry(std::string_view name, MonotonicTime by);

  // When begin_due() has something to give next; nothing while all probes are under way.
  std::optional<MonotonicTime> next() const;

 private:
  struct Turn {
    MonotonicTime due;
    bool under_way = false;
    std::optional<MonotonicTime> again{};
  };
  Milliseconds jittered();

  Milliseconds interval_;
  std::mt19937_64 random_;
  std::map<std::string, Turn, std::less<>> turns_;
};

}  // namespace pointsman::probe
