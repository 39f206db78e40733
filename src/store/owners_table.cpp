#include "pointsman/store/owners_table.hpp"

#include <SQLiteCpp/Statement.h>
#include <SQLiteCpp/VariadicBind.h>

#include "pointsman/store/columns.hpp"

namespace pointsman::store {

void OwnersTable::put(const std::string& id, const ownership::Owner& owner, WallTime now) {
  SQLite::Statement row(database_, R"(
INSERT INTO owners (id, endpoint, key, expires_at) VALUES (?, ?, ?, ?)
ON CONFLICT (id) DO UPDATE SET endpoint = excluded.endpoint, key = excluded.key, expires_at = excluded.expires_at
  WHERE owners.key = excluded.key OR owners.expires_at <= ?)");
  SQLite::bind(row, id, owner.endpoint, owner.key, milliseconds(owner.expires_at), milliseconds(now));
  row.exec();
}

std::optional<ownership::Owner> OwnersTable::find(const std::string& id) {
  SQLite::Statement row(database_, "SELECT endpoint, key, expires_at FROM owners WHERE id = ?");
  row.bind(1, id);
  if (!row.executeStep()) return std::nullopt;
  return ownership::Owner{row.getColumn(0).getString(), row.getColumn(1).getString(), time_of(row.getColumn(2))};
}

void OwnersTable::remove_expired(WallTime now) {
  SQLite::Statement old(database_, "DELETE FROM owners WHERE expires_at <= ?");
  old.bind(1, milliseconds(now));
  old.exec();
}

}  // namespace pointsman::store
