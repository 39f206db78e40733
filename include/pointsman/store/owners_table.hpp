#pragma once

#include <SQLiteCpp/Database.h>

#include <optional>
#include <string>

#include "pointsman/ownership/owner.hpp"

namespace pointsman::store {

// The table `owners`: which endpoint keeps what, and for whom. Throws SQLite::Exception; call it within a transaction.
class OwnersTable {
 public:
  explicit OwnersTable(SQLite::Database& database) : database_(database) {}

  // Adds it, or replaces what was known of that id for the same key; what is another key's stays so until it expires.
  void put(const std::string& id, const ownership::Owner& owner, WallTime now);

  std::optional<ownership::Owner> find(const std::string& id);

  void remove_expired(WallTime now);

 private:
  SQLite::Database& database_;
};

}  // namespace pointsman::store
