#pragma once

#include <SQLiteCpp/Database.h>

#include <span>
#include <string>

#include "pointsman/base/clock.hpp"
#include "pointsman/base/error.hpp"
#include "pointsman/store/database.hpp"
#include "pointsman/store/migration.hpp"

namespace pointsman::store {

// What opening a database had to do; a word that is empty was not needed.
struct Opening {
  std::string backup;     // where the database was copied to before it was migrated
  std::string set_aside;  // where the damaged one was moved to
  std::string trouble;    // why: it was damaged, or nothing is kept
  bool keeps = true;      // false: what is written is lost at the end
};

struct Opened {
  SQLite::Database database;
  Opening opening;
};

// Opens a database, or makes it, and brings it up to its newest schema. One of an older schema is copied before it is
// changed, one that is damaged is moved aside and begun anew, and where the machine fails us (the disk is full, the
// file locked or not writable) there is one in memory in its place. Errors say what else is wrong and what to do: a
// newer schema, another program's file, a path that cannot be.
Result<Opened> open_kept(const std::string& path, std::span<const Migration> migrations, WallTime now, Holds holds);

}  // namespace pointsman::store
