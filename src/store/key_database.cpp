#include "pointsman/store/key_database.hpp"

#include <SQLiteCpp/Transaction.h>

#include <filesystem>

#include "pointsman/store/database.hpp"
#include "pointsman/store/keys_table.hpp"
#include "pointsman/store/migrator.hpp"

namespace pointsman::store {
namespace {

std::string defect_of(const std::string& path) {
  std::error_code no_file;
  const auto size = std::filesystem::file_size(path, no_file);
  if (no_file == std::errc::no_such_file_or_directory) return "is a symbolic link that leads nowhere";
  return !no_file && size == 0 ? "is an empty file" : "";
}

std::string defect_of(SQLite::Database& database) {
  const bool was_made = database.tableExists("schema_migrations") &&
                        database.execAndGet("SELECT count(*) FROM schema_migrations").getInt() > 0;
  return was_made ? "" : "has no table of keys";
}

// What is not there yet may be in the making.
Result<void> check_was_made(const std::string& path, const std::string& defect) {
  if (defect.empty()) return {};
  return Error{ErrorCode::storage, Origin::ourselves, true,
               "The database of keys " + path + " " + defect + ": " + std::string(KeyDatabase::when_defective) + "."};
}

Result<void> check_was_made(SQLite::Database& database) {
  try {
    return check_was_made(database.getFilename(), defect_of(database));
  } catch (const SQLite::Exception& exception) {
    return storage_error(exception, "read", database.getFilename(), Holds::keys);
  }
}

Result<SQLite::Database> open_keys(const std::string& path, bool makes,
                                   Milliseconds patience = KeyDatabase::usual_patience) {
  if (!makes) {
    if (const auto made = check_was_made(path, defect_of(path)); !made) return made.error();
  }
  auto database = open_database(path, {.holds = Holds::keys, .patience = patience, .makes = makes});
  if (!database) return database.error();
  if (!makes) {
    if (const auto made = check_was_made(*database); !made) return made.error();
  }
  const auto migrated = migrate(*database, migrations_of_keys(), SystemClock().wall(), Holds::keys);
  if (!migrated) return migrated.error();
  return std::move(*database);
}

Error refusal(ErrorCode code, std::string message) { return {code, Origin::client, false, std::move(message)}; }

Error unknown(const std::string& name) {
  return refusal(ErrorCode::not_found, "There is no key '" + name + "'. `pointsman keys list` shows those there are.");
}

// What `action` returns, done in one transaction.
template <class Action>
auto change(const std::string& path, bool makes, const Action& action) -> decltype(action(std::declval<KeysTable&>())) {
  auto database = open_keys(path, makes);
  if (!database) return database.error();
  try {
    SQLite::Transaction transaction(*database, SQLite::TransactionBehavior::IMMEDIATE);
    KeysTable table(*database);
    auto result = action(table);
    if (result) transaction.commit();
    return result;
  } catch (const SQLite::Exception& exception) {
    return storage_error(exception, "write to", path, Holds::keys);
  }
}

}  // namespace

bool KeyDatabase::exists() const {
  std::error_code unknown_is_there;
  return std::filesystem::symlink_status(path_, unknown_is_there).type() != std::filesystem::file_type::not_found;
}

std::string KeyDatabase::defect() const {
  if (!exists()) return "";
  if (auto defect = defect_of(path_); !defect.empty()) return defect;
  try {
    auto database = open_to_look(path_, Holds::keys);
    return defect_of(database);
  } catch (const SQLite::Exception&) {
    return "";  // it is one that cannot be read
  }
}

Result<std::vector<KeptKey>> KeyDatabase::read(Milliseconds patience) const {
  if (!exists()) return std::vector<KeptKey>();
  auto database = open_keys(path_, false, patience);
  if (!database) return database.error();
  try {
    SQLite::Transaction as_of_one_moment(*database);
    return KeysTable(*database).all();
  } catch (const SQLite::Exception& exception) {
    return storage_error(exception, "read", path_, Holds::keys);
  }
}

Result<bool> KeyDatabase::any() const {
  auto keys = read();
  if (!keys) return keys.error();
  return !keys->empty();
}

Result<void> KeyDatabase::add(const KeptKey& key) const {
  return change(path_, true, [&](KeysTable& table) -> Result<void> {
    const auto& name = key.grants.name;
    if (const auto there = table.find(name)) {
      if (!there->revoked_at) {
        return refusal(ErrorCode::invalid_input, "There is a key '" + name +
                                                     "' already. Give the new one another name, or give that one a "
                                                     "new secret with `pointsman keys rotate " +
                                                     name + "`.");
      }
      return refusal(ErrorCode::invalid_input,
                     "The key '" + name +
                         "' was revoked, and its name stays taken: what it made, and what it used, is "
                         "known by that name. Give the new one another.");
    }
    table.add(key);
    return {};
  });
}

Result<KeptKey> KeyDatabase::revoke(const std::string& name, WallTime now) const {
  if (!exists()) return unknown(name);
  return change(path_, false, [&](KeysTable& table) -> Result<KeptKey> {
    const auto key = table.find(name);
    if (!key) return unknown(name);
    if (!key->revoked_at) table.revoke(name, now);
    return *table.find(name);
  });
}

Result<KeptKey> KeyDatabase::rotate(const std::string& name, const KeptToken& token, WallTime grace_ends,
                                    std::optional<WallTime> expires) const {
  if (!exists()) return unknown(name);
  return change(path_, false, [&](KeysTable& table) -> Result<KeptKey> {
    const auto key = table.find(name);
    if (!key) return unknown(name);
    if (key->revoked_at) {
      return refusal(ErrorCode::invalid_input,
                     "The key '" + name + "' was revoked. Make another one with `pointsman keys create`.");
    }
    if (!expires && key->grants.expires && *key->grants.expires <= token.created_at) {
      return refusal(ErrorCode::invalid_input,
                     "The key '" + name + "' has expired. Say when the new one does: --expires.");
    }
    table.end_tokens(name, grace_ends);
    table.add_token(name, token);
    if (expires) table.set_expiry(name, *expires);
    return *table.find(name);
  });
}

}  // namespace pointsman::store
