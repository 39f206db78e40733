#pragma once

#include <string>

#include "pointsman/observe/log.hpp"
#include "pointsman/store/store.hpp"

namespace pointsman::daemon {

// Says in the log what opening the store had to do.
void tell_opening(const store::Store& store, const std::string& path, observe::Log& log);

// Says in the log when the store begins to fail and when that is over: once each, however many writes fail. Lives on
// the control plane's worker.
class StoreWatch {
 public:
  explicit StoreWatch(observe::Log& log) : log_(log) {}

  void look(const store::Condition& now);

 private:
  observe::Log& log_;
  store::Condition told_;
};

}  // namespace pointsman::daemon
