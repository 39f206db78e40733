#include "pointsman/store/health_changes_table.hpp"

#include <SQLiteCpp/Statement.h>
#include <SQLiteCpp/VariadicBind.h>

#include "pointsman/store/columns.hpp"

namespace pointsman::store {
namespace {

registry::Health health_of(const SQLite::Column& column) {
  return registry::health_named(column.getString()).value_or(registry::Health::unknown);
}

}  // namespace

void HealthChangesTable::add(const std::string& endpoint, const registry::HealthChange& change) {
  SQLite::Statement row(database_, R"(
INSERT INTO health_changes (endpoint, from_health, to_health, detail, at)
SELECT name, ?, ?, ?, ? FROM endpoints WHERE name = ?)");
  SQLite::bind(row, std::string(name(change.from)), std::string(name(change.to)), change.detail,
               milliseconds(change.at), endpoint);
  row.exec();

  SQLite::Statement old(database_, R"(
DELETE FROM health_changes WHERE endpoint = ?1 AND id <=
  (SELECT id FROM health_changes WHERE endpoint = ?1 ORDER BY id DESC LIMIT 1 OFFSET ?2))");
  SQLite::bind(old, endpoint, most_of_one_endpoint);
  old.exec();
}

std::vector<registry::HealthChange> HealthChangesTable::last(const std::string& endpoint, std::size_t count) {
  std::vector<registry::HealthChange> result;
  SQLite::Statement rows(database_, R"(
SELECT from_health, to_health, detail, at FROM health_changes WHERE endpoint = ? ORDER BY id DESC LIMIT ?)");
  SQLite::bind(rows, endpoint, static_cast<std::int64_t>(count));
  while (rows.executeStep()) {
    result.push_back({health_of(rows.getColumn(0)), health_of(rows.getColumn(1)), rows.getColumn(2).getString(),
                      time_of(rows.getColumn(3))});
  }
  return result;
}

void HealthChangesTable::remove_before(WallTime time) {
  SQLite::Statement old(database_, "DELETE FROM health_changes WHERE at < ?");
  old.bind(1, milliseconds(time));
  old.exec();
}

}  // namespace pointsman::store
