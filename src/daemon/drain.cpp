#include "pointsman/daemon/drain.hpp"

namespace pointsman::daemon {

void Drain::signalled(const config::Shutdown& shutdown, MonotonicTime now) {
  if (phase_ != Phase::serving) return end_because(End::signalled);
  phase_ = Phase::grace;
  shutdown_ = shutdown;
  since_ = now;
}

Drain::Phase Drain::look(MonotonicTime now, std::size_t connections) {
  if (phase_ == Phase::grace && now - since_ >= shutdown_.grace) {
    phase_ = Phase::draining;
    since_ = now;
  } else if (phase_ == Phase::draining && connections == 0) {
    end_because(End::empty);
  } else if (phase_ == Phase::draining && now - since_ >= shutdown_.drain) {
    end_because(End::too_long);
  }
  return phase_;
}

void Drain::end_because(End end) {
  if (phase_ == Phase::over) return;
  phase_ = Phase::over;
  end_ = end;
}

}  // namespace pointsman::daemon
