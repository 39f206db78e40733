#pragma once

#include <SQLiteCpp/Database.h>

#include <cstddef>
#include <string>
#include <vector>

#include "pointsman/registry/health_change.hpp"

namespace pointsman::store {

// The table `health_changes`: the history of the endpoints' health. Throws SQLite::Exception; call it within a
// transaction.
class HealthChangesTable {
 public:
  // An endpoint that goes up and down every second must not fill the disk: what is older than this many goes.
  static constexpr int most_of_one_endpoint = 1'000;

  explicit HealthChangesTable(SQLite::Database& database) : database_(database) {}

  // Nothing if there is no such endpoint.
  void add(const std::string& endpoint, const registry::HealthChange& change);

  // The last changes, the newest first. A health of another version is unknown.
  std::vector<registry::HealthChange> last(const std::string& endpoint, std::size_t count);

  void remove_before(WallTime time);

 private:
  SQLite::Database& database_;
};

}  // namespace pointsman::store
