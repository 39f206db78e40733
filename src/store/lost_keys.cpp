#include "pointsman/store/lost_keys.hpp"

#include <filesystem>

#include "pointsman/store/database.hpp"
#include "pointsman/store/keys_seen_table.hpp"

namespace pointsman::store {

bool saw_keys(const std::string& store_path) {
  std::error_code not_a_file;
  if (const auto size = std::filesystem::file_size(store_path, not_a_file); not_a_file || size == 0) return false;
  try {
    auto database = open_to_look(store_path, Holds::learned);
    return database.tableExists("keys_seen") && KeysSeenTable(database).any();
  } catch (const SQLite::Exception&) {
    return false;
  }
}

}  // namespace pointsman::store
