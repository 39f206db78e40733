#pragma once

#include <cstddef>

#include "pointsman/base/clock.hpp"
#include "pointsman/config/settings.hpp"

namespace pointsman::daemon {

// How the gateway stops, from the first signal on: it goes on serving for the grace while it says that it is not ready,
// then takes nothing new and waits for what is under way. No I/O and no clock of its own; not thread-safe.
class Drain {
 public:
  enum class Phase {
    serving,
    grace,     // not ready any more, but serving
    draining,  // takes nothing new
    over,      // end what is left
  };
  enum class End {
    none,       // not over
    empty,      // everything under way has ended
    too_long,   // for the setting
    signalled,  // somebody insisted
  };

  // A signal that asks to stop: the first one begins, any later one ends at once.
  void signalled(const config::Shutdown& shutdown, MonotonicTime now);

  // What holds now; `connections` of clients are open. Goes on by one phase at most, so that none is passed over.
  Phase look(MonotonicTime now, std::size_t connections);

  Phase phase() const { return phase_; }
  End end() const { return end_; }

 private:
  void end_because(End end);

  Phase phase_ = Phase::serving;
  End end_ = End::none;
  config::Shutdown shutdown_;
  MonotonicTime since_{};  // of the phase
};

}  // namespace pointsman::daemon
