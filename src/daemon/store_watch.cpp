#include "pointsman/daemon/store_watch.hpp"

namespace pointsman::daemon {

using observe::Level;

void tell_opening(const store::Store& store, const std::string& path, observe::Log& log) {
  const auto& opening = store.opening();
  if (!opening.set_aside.empty()) {
    log.write(Level::error, "the database was damaged; it was moved aside, and what was in it is learned anew",
              {{"store", path}, {"moved_to", opening.set_aside}, {"cause", opening.trouble}});
  }
  if (!opening.keeps) {
    log.write(Level::error, "nothing that is learned is kept, until the cause is mended and the gateway started again",
              {{"store", path}, {"cause", opening.trouble}});
    return;
  }
  log.write(Level::info, "what is learned of the endpoints is kept", {{"store", path}});
  if (!opening.backup.empty()) {
    log.write(Level::info, "the database was migrated; a copy of how it was is kept", {{"copy", opening.backup}});
  }
}

void tell_ledger_opening(const ledger::Ledger& ledger, const std::string& path, observe::Log& log) {
  const auto& opening = ledger.opening();
  if (!opening.set_aside.empty()) {
    log.write(Level::error, "the ledger was damaged; it was moved aside, and begins anew",
              {{"ledger", path}, {"moved_to", opening.set_aside}, {"cause", opening.trouble}});
  }
  if (!opening.keeps) {
    log.write(Level::error, "what requests take is not kept, until the cause is mended and the gateway started again",
              {{"ledger", path}, {"cause", opening.trouble}});
    return;
  }
  log.write(Level::info, "what requests take is kept", {{"ledger", path}});
  if (!opening.backup.empty()) {
    log.write(Level::info, "the ledger was migrated; a copy of how it was is kept", {{"copy", opening.backup}});
  }
}

void StoreWatch::look(const store::Condition& now) {
  if (now.is_failing == told_.is_failing) return;
  if (now.is_failing) {
    log_.write(Level::error, what_ + " cannot be written; serving goes on, and it is tried again",
               {{"cause", now.cause}});
  } else {
    log_.write(Level::warning, what_ + " can be written again",
               {{"failures", static_cast<std::int64_t>(now.failures - told_.failures)},
                {"changes_lost", static_cast<std::int64_t>(now.dropped - told_.dropped)}});
  }
  told_ = now;
}

}  // namespace pointsman::daemon
