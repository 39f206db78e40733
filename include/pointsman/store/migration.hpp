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

// All that are built into this binary, by version (src/store/embed_migrations.cmake makes them): migrations/*.sql for
// what was learned, and migrations/keys/*.sql for the keys.
std::span<const Migration> migrations();
std::span<const Migration> migrations_of_keys();

}  // namespace pointsman::store
