#pragma once

#include <string>
#include <utility>

#include "pointsman/ledger/ledger.hpp"
#include "pointsman/observe/log.hpp"
#include "pointsman/store/store.hpp"

namespace pointsman::daemon {

// Says in the log what opening the store had to do.
void tell_opening(const store::Store& store, const std::string& path, observe::Log& log);

void tell_ledger_opening(const ledger::Ledger& ledger, const std::string& path, observe::Log& log);

// Says in the log when a database begins to fail and when that is over: once each, however many writes fail. Lives on
// the control plane's worker.
class StoreWatch {
 public:
  // `what`: "the database", as the lines call it.
  StoreWatch(observe::Log& log, std::string what) : log_(log), what_(std::move(what)) {}

  void look(const store::Condition& now);

 private:
  observe::Log& log_;
  std::string what_;
  store::Condition told_;
};

}  // namespace pointsman::daemon
