#pragma once

#include <SQLiteCpp/Database.h>
#include <SQLiteCpp/Exception.h>

#include <string>
#include <string_view>

#include "pointsman/base/clock.hpp"
#include "pointsman/base/error.hpp"

namespace pointsman::store {

// What a database is for, and so what its loss means.
enum class Holds {
  learned,   // what can be learned anew: a power cut may cost its last seconds
  requests,  // what requests took: likewise, and it may be gone without
  keys,      // what administrators said: once it is said to be kept it is
};

// The setting that says where it is.
std::string setting(Holds holds);

struct HowToOpen {
  Holds holds = Holds::learned;
  Milliseconds patience{5'000};  // for a lock that another process holds
  bool makes = true;             // false: where there is none, that is an error
};

// Opens our database file, or makes it (readable by nobody but the owner of its directory, in a directory that is made
// if only that one is missing). ":memory:" lives as long as the connection. The connection is for one thread at a time.
// Errors: what stands at the path is not a database or is damaged (invalid_input), belongs to another program, is
// locked, or may not be written (which may be retried: the machine is at fault); the message says what to do.
Result<SQLite::Database> open_database(const std::string& path, const HowToOpen& how = {});

// Opens it to look only: nothing of it is changed, and no file is made beside it where nobody has it open. Throws
// SQLite::Exception; was_cut_off() tells of one of them.
SQLite::Database open_to_look(const std::string& path, Holds holds, Milliseconds patience = HowToOpen().patience);

// A change was cut off halfway: whoever opens the database for writing undoes it, and until then it cannot be read.
bool was_cut_off(const SQLite::Exception& exception);

// The disk, the memory, a lock or the rights to the file: the same may work later, unlike what a change gets wrong.
bool is_fault_of_the_machine(const SQLite::Exception& exception);

// What went wrong in SQLite, for a person. `doing` goes before "the database PATH": "open", "write to".
Error storage_error(const SQLite::Exception& exception, std::string_view doing, const std::string& path,
                    Holds holds = Holds::learned);
// What becomes of a database that is moved aside, for the end of a sentence; empty: it must not be.
std::string_view if_moved_aside(Holds holds);
// What we refuse to do ourselves.
Error storage_error(std::string message);

}  // namespace pointsman::store
