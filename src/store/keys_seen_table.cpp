#include "pointsman/store/keys_seen_table.hpp"

#include <SQLiteCpp/Statement.h>

#include "pointsman/store/columns.hpp"

namespace pointsman::store {

bool KeysSeenTable::any() { return SQLite::Statement(database_, "SELECT 1 FROM keys_seen").executeStep(); }

void KeysSeenTable::put(WallTime now) {
  SQLite::Statement row(database_, "INSERT INTO keys_seen SELECT ? WHERE NOT EXISTS (SELECT 1 FROM keys_seen)");
  row.bind(1, milliseconds(now));
  row.exec();
}

void KeysSeenTable::remove() { database_.exec("DELETE FROM keys_seen"); }

}  // namespace pointsman::store
