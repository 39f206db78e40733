#pragma once

#include <SQLiteCpp/Database.h>

#include <span>
#include <string>

#include "pointsman/base/clock.hpp"
#include "pointsman/base/error.hpp"
#include "pointsman/store/database.hpp"
#include "pointsman/store/migration.hpp"

namespace pointsman::store {

// What migrating did.
struct Migrated {
  int from = 0;  // the schema's version before; 0: the database was new
  int to = 0;
  std::string
      backup;  // where the database was copied to before it was changed; empty: it was new, or nothing was to do
};

// Brings the schema up to the newest of `migrations`, in one transaction, and writes down in the table
// schema_migrations what was done, when, and the SHA-256 of its text. A database that holds something is copied to a
// file beside it first. Refused, with a message that says what to do: a schema newer than `migrations`, and one that
// was made by a text other than theirs. After an error the connection must not be used.
Result<Migrated> migrate(SQLite::Database& database, std::span<const Migration> migrations, WallTime now,
                         Holds holds = Holds::learned);

}  // namespace pointsman::store
