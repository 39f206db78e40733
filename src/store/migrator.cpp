#include "pointsman/store/migrator.hpp"

#include <SQLiteCpp/Backup.h>
#include <SQLiteCpp/Statement.h>
#include <SQLiteCpp/Transaction.h>
#include <SQLiteCpp/VariadicBind.h>
#include <sqlite3.h>

#include <algorithm>
#include <map>

#include "pointsman/base/secret.hpp"
#include "pointsman/store/columns.hpp"
#include "pointsman/store/database.hpp"

namespace pointsman::store {
namespace {

using Checksums = std::map<int, std::string>;  // by version

constexpr const char* own_table = R"(
CREATE TABLE IF NOT EXISTS schema_migrations (
  version    INTEGER NOT NULL PRIMARY KEY,
  name       TEXT    NOT NULL,
  checksum   TEXT    NOT NULL,  -- SHA-256 of the text
  applied_at INTEGER NOT NULL   -- milliseconds since 1970
) STRICT)";

std::string checksum(const Migration& migration) { return Sha256::of(migration.sql).hexadecimal(); }

Checksums applied(SQLite::Database& database) {
  Checksums result;
  SQLite::Statement rows(database, "SELECT version, checksum FROM schema_migrations");
  while (rows.executeStep()) result.emplace(rows.getColumn(0).getInt(), rows.getColumn(1).getString());
  return result;
}

Result<void> check(const Checksums& done, std::span<const Migration> migrations, const std::string& path, Holds holds) {
  const int newest = migrations.empty() ? 0 : migrations.back().version;
  for (const auto& [version, sum] : done) {
    if (version > newest) {
      return storage_error("The database " + path + " has schema " + std::to_string(done.rbegin()->first) +
                           ", written by a newer pointsman; this one knows schemas up to " + std::to_string(newest) +
                           ". Use the newer pointsman, or the copy beside the database that it made when it migrated.");
    }
    const auto known = std::find_if(migrations.begin(), migrations.end(),
                                    [&](const Migration& each) { return each.version == version; });
    if (known == migrations.end() || checksum(*known) != sum) {
      return storage_error(
          "Schema " + std::to_string(version) + " of the database " + path +
          " was made by a migration other than the one in this pointsman. Use the pointsman that made it" +
          (if_moved_aside(holds).empty()
               ? "."
               : ", or move the database aside and start again: " + std::string(if_moved_aside(holds)) + "."));
    }
  }
  return {};
}

// A complete copy, even while others write. An older copy of the same schema is replaced.
std::string back_up(SQLite::Database& database, int version, Holds holds) {
  const std::string path = database.getFilename() + ".schema-" + std::to_string(version) + ".backup";
  auto copy = open_database(path, {.holds = holds});
  if (!copy) throw SQLite::Exception(copy.error().message, SQLITE_CANTOPEN);
  SQLite::Backup backup(*copy, database);
  if (backup.executeStep() != SQLITE_DONE) {
    throw SQLite::Exception("the copy " + path + " stays incomplete", SQLITE_BUSY);
  }
  return path;
}

void apply(SQLite::Database& database, const Migration& migration, WallTime now) {
  // Another process may have been faster while we waited for the lock.
  if (applied(database).contains(migration.version)) return;
  database.exec(std::string(migration.sql));
  if (SQLite::Statement(database, "PRAGMA foreign_key_check").executeStep()) {
    throw SQLite::Exception(std::string(migration.name) + " leaves rows that refer to nothing", SQLITE_CONSTRAINT);
  }
  SQLite::Statement row(database, R"(
INSERT INTO schema_migrations (version, name, checksum, applied_at) VALUES (?, ?, ?, ?))");
  SQLite::bind(row, migration.version, std::string(migration.name), checksum(migration), milliseconds(now));
  row.exec();
}

}  // namespace

Result<Migrated> migrate(SQLite::Database& database, std::span<const Migration> migrations, WallTime now, Holds holds) {
  std::string doing = "migrate";
  try {
    database.exec(own_table);
    const Checksums done = applied(database);
    if (const auto checked = check(done, migrations, database.getFilename(), holds); !checked) return checked.error();

    Migrated result;
    if (!done.empty()) result.from = result.to = done.rbegin()->first;
    const bool behind = !migrations.empty() && result.from < migrations.back().version;
    doing = "back up";
    if (behind && !done.empty()) result.backup = back_up(database, result.from, holds);

    // A migration may rebuild a table, and dropping the old one must not take away what refers to it.
    database.exec("PRAGMA foreign_keys = OFF");
    if (behind) {
      // All at once: who is killed while making a database leaves one that is as new as before.
      SQLite::Transaction transaction(database, SQLite::TransactionBehavior::IMMEDIATE);
      for (const auto& migration : migrations) {
        if (done.contains(migration.version)) continue;
        doing = "apply " + std::string(migration.name) + " to";
        apply(database, migration, now);
        result.to = migration.version;
      }
      transaction.commit();
    }
    database.exec("PRAGMA foreign_keys = ON");
    return result;
  } catch (const SQLite::Exception& exception) {
    return storage_error(exception, doing, database.getFilename(), holds);
  }
}

}  // namespace pointsman::store
