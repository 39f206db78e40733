#pragma once

#include <SQLiteCpp/Database.h>

#include "pointsman/base/clock.hpp"

namespace pointsman::store {

// The table keys_seen: whether there were keys, which are in another database. Throws SQLite::Exception.
class KeysSeenTable {
 public:
  explicit KeysSeenTable(SQLite::Database& database) : database_(database) {}

  bool any();
  void put(WallTime now);  // once; after that nothing
  void remove();

 private:
  SQLite::Database& database_;
};

}  // namespace pointsman::store
