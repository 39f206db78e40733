#pragma once

#include <SQLiteCpp/Column.h>

#include <cstdint>

#include "pointsman/base/clock.hpp"

namespace pointsman::store {

// How times stand in a column: as milliseconds since 1970.
inline std::int64_t milliseconds(WallTime time) { return time.time_since_epoch().count(); }
inline WallTime time_of(const SQLite::Column& column) { return WallTime(Milliseconds(column.getInt64())); }

}  // namespace pointsman::store
