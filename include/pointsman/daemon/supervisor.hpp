#pragma once

#include <optional>
#include <string_view>

#include "pointsman/api/configuration_state.hpp"
#include "pointsman/base/clock.hpp"
#include "pointsman/config/settings.hpp"
#include "pointsman/daemon/changes.hpp"
#include "pointsman/daemon/configuration.hpp"
#include "pointsman/daemon/drain.hpp"
#include "pointsman/daemon/file_watch.hpp"
#include "pointsman/daemon/gateway.hpp"
#include "pointsman/daemon/key_changes.hpp"
#include "pointsman/daemon/key_watch.hpp"
#include "pointsman/daemon/life_signs.hpp"
#include "pointsman/daemon/presence.hpp"
#include "pointsman/observe/log.hpp"

namespace pointsman::daemon {

// The signals that are for the gateway, blocked in every thread that is started afterwards: they wait until somebody
// reads them.
class Signals {
 public:
  Signals();
  ~Signals();
  Signals(const Signals&) = delete;
  Signals& operator=(const Signals&) = delete;

  int descriptor() const { return descriptor_; }
  std::optional<int> next() const;  // nothing: none is there

 private:
  int descriptor_ = -1;
};

// What the main thread does while the gateway runs: takes the signals, reloads the file and the keys, and lets the
// service manager know that all is well. All that it uses outlives it.
class Supervisor {
 public:
  // `settings` are those that the gateway runs with.
  Supervisor(Gateway& gateway, Signals& signals, const Configuration& configuration, FileWatch& file, KeyWatch& keys,
             Presence& presence, config::Settings settings, LifeSigns& life_signs, const Clock& clock,
             observe::Log& log);

  // Returns when it is time to end what still runs.
  void run();

 private:
  void wait(MonotonicTime now);
  void take_signals(MonotonicTime now);
  void go_on_stopping(MonotonicTime now);
  void say_how_it_ended();
  void keep_watchdog_quiet(MonotonicTime now);
  void reload(std::string_view why);
  bool apply();
  bool refuse(const Configuration::Reading& reading);
  void write(observe::Level level, std::string_view words, const config::Problem& problem);
  void say(const Changes& changes);
  void say(const KeyChanges& changes);
  void take_keys();
  void heed_others(MonotonicTime now);
  void tell_of_others();
  void tell_keys();

  Gateway& gateway_;
  Signals& signals_;
  const Configuration& configuration_;
  config::Settings settings_;
  LifeSigns& life_signs_;
  const Clock& clock_;
  observe::Log& log_;
  FileWatch& file_;
  KeyWatch& keys_;
  Presence& presence_;
  std::vector<store::KeptKey> told_keys_;  // those that the log has spoken of
  Drain drain_;
  api::ConfigurationState state_;
  MonotonicTime next_sign_of_life_{};
  MonotonicTime next_request_for_time_{};
};

}  // namespace pointsman::daemon
