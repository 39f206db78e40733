#pragma once

#include <SQLiteCpp/Database.h>

#include <chrono>

#include "pointsman/base/clock.hpp"

namespace pointsman::ledger {

// For how long what is kept.
struct Retention {
  std::chrono::days raw{30};     // each request
  std::chrono::days hourly{90};  // the sums of hours
  std::chrono::days daily{730};  // the sums of days
};

// Removes some of what is too old, or from more than a day in the future, because the clock was wrong: requests up to
// `most`, one hour and one day, so that the writer never is busy with it for long. Called again and again it removes
// all. Throws SQLite::Exception; call it within a transaction.
void remove_old(SQLite::Database& database, const Retention& retention, WallTime now, int most = 20'000);

}  // namespace pointsman::ledger
