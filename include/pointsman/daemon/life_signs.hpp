#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "pointsman/base/clock.hpp"

namespace pointsman::daemon {

// What systemd, or whoever started us in its way, is told of our life: datagrams to the socket that NOTIFY_SOCKET names
// (sd_notify(3)). Without that variable nobody is told anything. Nothing here blocks, and nobody who does not listen
// does any harm. For the main thread.
class LifeSigns {
 public:
  // Takes what the environment says out of it, so that no child is taken for us: before any thread is started.
  LifeSigns();
  ~LifeSigns();
  LifeSigns(const LifeSigns&) = delete;
  LifeSigns& operator=(const LifeSigns&) = delete;

  // How often it wants to hear is_alive() at least; absent: never.
  std::optional<Milliseconds> watchdog() const { return watchdog_; }

  void ready(std::string_view status);
  void reloading(MonotonicTime now);  // until ready()
  void stopping(std::string_view status);
  // We stop, but need at least so much more time.
  void needs(Milliseconds time, std::string_view status);
  void is_alive();

 private:
  void tell(const std::string& message) const;

  int socket_ = -1;      // none: nobody listens
  std::string address_;  // of the service manager's socket
  std::optional<Milliseconds> watchdog_;
};

}  // namespace pointsman::daemon
