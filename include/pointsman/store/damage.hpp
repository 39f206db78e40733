#pragma once

#include <string>

#include "pointsman/base/clock.hpp"
#include "pointsman/base/error.hpp"

namespace pointsman::store {

// Whether a file that cannot be read as our database may be one nevertheless: its header says so, or was overwritten.
// What belongs to another program, and what never was a database, is nobody's to move.
bool may_be_ours(const std::string& path);

// Renames a damaged database, with its -wal and -shm companions, to PATH.corrupt-TIME; returns that path. Nothing is
// deleted: whoever wants to may look at it, or mend it.
Result<std::string> set_aside(const std::string& path, WallTime now);

}  // namespace pointsman::store
