#pragma once

#include <SQLiteCpp/Database.h>
#include <SQLiteCpp/Exception.h>

#include <string>
#include <string_view>

#include "pointsman/base/clock.hpp"
#include "pointsman/base/error.hpp"

namespace pointsman::store {

inline constexpr Milliseconds usual_patience{5'000};

// Opens our database file, or makes it (readable by nobody else, in a directory that is made if only that one is
// missing). ":memory:" lives as long as the connection. The connection waits `patience` for a lock that another process
// holds. Errors: what stands at the path is not a database, is damaged, belongs to another program, is locked, or may
// not be written; the message says what to do.
Result<SQLite::Database> open_database(const std::string& path, Milliseconds patience = usual_patience);

// What went wrong in SQLite, for a person. `doing` goes before "the database PATH": "open", "write to".
Error storage_error(const SQLite::Exception& exception, std::string_view doing, const std::string& path);
// What we refuse to do ourselves.
Error storage_error(std::string message);

}  // namespace pointsman::store
