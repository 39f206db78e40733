#include "pointsman/store/kept_models.hpp"

#include <SQLiteCpp/Statement.h>

#include "pointsman/store/database.hpp"

namespace pointsman::store {

std::vector<std::string> models_kept_in(const std::string& path) {
  // More than any gateway has, and soon read.
  constexpr std::int64_t most = 10'000;
  std::vector<std::string> names;
  try {
    auto database = open_to_look(path, Holds::learned);
    SQLite::Statement rows(database, "SELECT DISTINCT id FROM models LIMIT ?");
    rows.bind(1, most + 1);
    while (rows.executeStep()) names.push_back(rows.getColumn(0).getString());
  } catch (const SQLite::Exception&) {
    return {};
  }
  // Of only some of them nobody can tell which are missing.
  if (std::ssize(names) > most) return {};
  return names;
}

}  // namespace pointsman::store
