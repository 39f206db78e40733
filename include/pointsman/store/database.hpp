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
// holds. Errors: what stands at the path is not a database or is damaged (invalid_input), belongs to another program,
// is locked, or may not be written (which may be retried: the machine is at fault); the message says what to do.
Result<SQLite::Database> open_database(const std::string& path, Milliseconds patience = usual_patience);

// The disk, the memory, a lock or the rights to the file: the same may work later, unlike what a change gets wrong.
bool is_fault_of_the_machine(const SQLite::Exception& exception);

// What went wrong in SQLite, for a person. `doing` goes before "the database PATH": "open", "write to".
Error storage_error(const SQLite::Exception& exception, std::string_view doing, const std::string& path);
// What we refuse to do ourselves.
Error storage_error(std::string message);

}  // namespace pointsman::store
