#pragma once

#include <span>
#include <string_view>

namespace pointsman::store {

// One step of the schema: a file of migrations/. Once released it never changes.
struct Migration {
  int version;
  std::string_view name;  // of the file, without its ending
  std::string_view sql;
};

// All that are built into this binary, by version (src/store/embed_migrations.cmake makes them).
std::span<const Migration> migrations();

}  // namespace pointsman::store
