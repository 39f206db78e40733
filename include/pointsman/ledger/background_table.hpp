#pragma once

#include <SQLiteCpp/Database.h>

#include <cstdint>

#include "pointsman/observe/access_log.hpp"

namespace pointsman::ledger {

// The table `background_responses`: those whose usage nobody has seen. Throws SQLite::Exception; call it within a
// transaction.
class BackgroundTable {
 public:
  explicit BackgroundTable(SQLite::Database& database) : database_(database) {}

  // `request`: the row of the request that began it.
  void add(const observe::AccessRecord& record, std::int64_t request);

  // Adds the tokens to the request that began it, in every table, the first time that they are seen. Nothing if it was
  // not begun in the background, or its tokens were counted.
  void settle(const observe::AccessRecord& fetched);

 private:
  SQLite::Database& database_;
};

}  // namespace pointsman::ledger
