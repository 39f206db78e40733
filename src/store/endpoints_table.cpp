#include "pointsman/store/endpoints_table.hpp"

#include <SQLiteCpp/Statement.h>
#include <SQLiteCpp/VariadicBind.h>

#include "pointsman/store/columns.hpp"

namespace pointsman::store {

std::map<std::string, std::string> EndpointsTable::urls() {
  std::map<std::string, std::string> result;
  SQLite::Statement rows(database_, "SELECT name, url FROM endpoints");
  while (rows.executeStep()) result.emplace(rows.getColumn(0).getString(), rows.getColumn(1).getString());
  return result;
}

std::optional<registry::Learned> EndpointsTable::find(const std::string& name, const std::string& url) {
  SQLite::Statement row(database_, R"(
SELECT health, detail, server_type, version, probed_at FROM endpoints WHERE name = ? AND url = ?)");
  SQLite::bind(row, name, url);
  if (!row.executeStep()) return std::nullopt;

  registry::Learned result;
  result.health = registry::health_named(row.getColumn(0).getString()).value_or(registry::Health::unknown);
  result.detail = row.getColumn(1).getString();
  result.server_type = row.getColumn(2).getString();
  result.version = row.getColumn(3).getString();
  result.probed_at = time_of(row.getColumn(4));
  return result;
}

void EndpointsTable::add(const std::string& name, const std::string& url) {
  SQLite::Statement row(database_, "INSERT INTO endpoints (name, url) VALUES (?, ?) ON CONFLICT DO NOTHING");
  SQLite::bind(row, name, url);
  row.exec();
}

void EndpointsTable::put(const std::string& name, const std::string& url, const registry::Learned& learned) {
  SQLite::Statement row(database_, R"(
INSERT INTO endpoints (name, url, health, detail, server_type, version, probed_at) VALUES (?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (name) DO UPDATE SET url = excluded.url, health = excluded.health, detail = excluded.detail,
  server_type = excluded.server_type, version = excluded.version, probed_at = excluded.probed_at)");
  SQLite::bind(row, name, url, std::string(registry::name(learned.health)), learned.detail, learned.server_type,
               learned.version, milliseconds(learned.probed_at));
  row.exec();
}

void EndpointsTable::remove(const std::string& name) {
  SQLite::Statement row(database_, "DELETE FROM endpoints WHERE name = ?");
  row.bind(1, name);
  row.exec();
}

}  // namespace pointsman::store
