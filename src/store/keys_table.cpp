#include "pointsman/store/keys_table.hpp"

#include <SQLiteCpp/Statement.h>
#include <SQLiteCpp/VariadicBind.h>
#include <sqlite3.h>

#include <map>
#include <string_view>

#include "pointsman/store/columns.hpp"

namespace pointsman::store {
namespace {

// Lists stand in a column one on a line: no name has a line break.
std::string lines_of(const std::vector<std::string>& list) {
  std::string text;
  for (const auto& each : list) text += each + "\n";
  return text;
}

std::vector<std::string> list_of(const std::string& text) {
  std::vector<std::string> list;
  for (std::size_t begin = 0; begin < text.size();) {
    const auto end = std::min(text.find('\n', begin), text.size());
    list.push_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
  return list;
}

std::optional<WallTime> time_or_none(const SQLite::Column& column) {
  return column.isNull() ? std::nullopt : std::optional(time_of(column));
}

void bind(SQLite::Statement& row, int index, const std::optional<WallTime>& time) {
  if (time) {
    row.bind(index, milliseconds(*time));
  } else {
    row.bind(index);
  }
}

std::int64_t number(std::uint64_t value) { return static_cast<std::int64_t>(value); }
std::uint64_t number_of(const SQLite::Column& column) { return static_cast<std::uint64_t>(column.getInt64()); }

// What stands there was changed by somebody else: a key whose grants are not understood must not become a wider one.
[[noreturn]] void not_ours(const std::string& what) { throw SQLite::Exception("it holds " + what, SQLITE_CORRUPT); }

config::Permissions permissions_of(const std::string& text) {
  config::Permissions permissions;
  for (const auto& word : list_of(text)) {
    if (word != "admin" && word != "metrics") not_ours("an unknown permission");
    permissions.admin |= word == "admin";
    permissions.metrics |= word == "metrics";
  }
  return permissions;
}

std::string lines_of(const config::Permissions& permissions) {
  return std::string(permissions.admin ? "admin\n" : "") + (permissions.metrics ? "metrics\n" : "");
}

constexpr const char* columns =
    "name, models, apis, permissions, priority, requests_per_minute, tokens_per_minute, concurrent, tokens_per_day, "
    "tokens_per_month, created_at, expires_at, revoked_at, debug";

KeptKey key_of(SQLite::Statement& row) {
  KeptKey key;
  auto& grants = key.grants;
  grants.name = row.getColumn(0).getString();
  grants.models = list_of(row.getColumn(1).getString());
  grants.apis = list_of(row.getColumn(2).getString());
  grants.permissions = permissions_of(row.getColumn(3).getString());
  grants.priority = static_cast<std::uint32_t>(row.getColumn(4).getInt64());
  auto& limits = grants.limits;
  std::uint64_t* const amounts[] = {&limits.requests_per_minute, &limits.tokens_per_minute, &limits.concurrent,
                                    &limits.tokens_per_day, &limits.tokens_per_month};
  int column = 5;
  for (auto* amount : amounts) *amount = number_of(row.getColumn(column++));
  key.created_at = time_of(row.getColumn(10));
  grants.expires = time_or_none(row.getColumn(11));
  key.revoked_at = time_or_none(row.getColumn(12));
  grants.debug = row.getColumn(13).getInt() != 0;
  return key;
}

}  // namespace

std::vector<KeptKey> KeysTable::all() {
  std::vector<KeptKey> result;
  std::map<std::string, std::size_t> places;
  SQLite::Statement keys(database_, "SELECT " + std::string(columns) + " FROM keys ORDER BY name");
  while (keys.executeStep()) {
    result.push_back(key_of(keys));
    places.emplace(result.back().grants.name, result.size() - 1);
  }
  SQLite::Statement limits(database_, R"(
SELECT key, models, requests_per_minute, tokens_per_minute, concurrent FROM model_limits ORDER BY rowid)");
  while (limits.executeStep()) {
    const auto place = places.find(limits.getColumn(0).getString());
    if (place == places.end()) not_ours("limits without a key");
    result[place->second].grants.limits.models.push_back(
        {limits.getColumn(1).getString(), number_of(limits.getColumn(2)), number_of(limits.getColumn(3)),
         number_of(limits.getColumn(4))});
  }
  SQLite::Statement tokens(database_, R"(
SELECT key, digest, ending, created_at, expires_at FROM tokens ORDER BY created_at DESC, rowid DESC)");
  while (tokens.executeStep()) {
    const auto place = places.find(tokens.getColumn(0).getString());
    KeptToken token;
    if (place == places.end() || !Sha256::parse(tokens.getColumn(1).getString(), token.digest)) {
      not_ours("a token without a key or a digest");
    }
    token.ending = tokens.getColumn(2).getString();
    token.created_at = time_of(tokens.getColumn(3));
    token.expires = time_or_none(tokens.getColumn(4));
    result[place->second].tokens.push_back(std::move(token));
  }
  return result;
}

std::optional<KeptKey> KeysTable::find(const std::string& name) {
  for (auto& key : all()) {
    if (key.grants.name == name) return std::move(key);
  }
  return std::nullopt;
}

bool KeysTable::any() { return SQLite::Statement(database_, "SELECT 1 FROM keys LIMIT 1").executeStep(); }

void KeysTable::add(const KeptKey& key) {
  const auto& grants = key.grants;
  const auto& limits = grants.limits;
  SQLite::Statement row(
      database_, "INSERT INTO keys (" + std::string(columns) + ") VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
  SQLite::bind(row, grants.name, lines_of(grants.models), lines_of(grants.apis), lines_of(grants.permissions),
               grants.priority, number(limits.requests_per_minute), number(limits.tokens_per_minute),
               number(limits.concurrent), number(limits.tokens_per_day), number(limits.tokens_per_month),
               milliseconds(key.created_at));
  bind(row, 12, grants.expires);
  bind(row, 13, key.revoked_at);
  row.bind(14, grants.debug ? 1 : 0);
  row.exec();
  for (const auto& each : limits.models) add_model_limits(grants.name, each);
  for (const auto& token : key.tokens) add_token(grants.name, token);
}

void KeysTable::add_model_limits(const std::string& key, const config::ModelLimits& limits) {
  SQLite::Statement row(database_, R"(
INSERT INTO model_limits (key, models, requests_per_minute, tokens_per_minute, concurrent) VALUES (?, ?, ?, ?, ?))");
  SQLite::bind(row, key, limits.models, number(limits.requests_per_minute), number(limits.tokens_per_minute),
               number(limits.concurrent));
  row.exec();
}

void KeysTable::add_token(const std::string& key, const KeptToken& token) {
  SQLite::Statement row(database_, R"(
INSERT INTO tokens (key, digest, ending, created_at, expires_at) VALUES (?, ?, ?, ?, ?))");
  SQLite::bind(row, key, token.digest.hexadecimal(), token.ending, milliseconds(token.created_at));
  bind(row, 5, token.expires);
  row.exec();
}

void KeysTable::end_tokens(const std::string& key, WallTime at) {
  SQLite::Statement rows(database_, R"(
UPDATE tokens SET expires_at = ? WHERE key = ? AND (expires_at IS NULL OR expires_at > ?))");
  SQLite::bind(rows, milliseconds(at), key, milliseconds(at));
  rows.exec();
}

void KeysTable::set_expiry(const std::string& key, WallTime expires) {
  SQLite::Statement row(database_, "UPDATE keys SET expires_at = ? WHERE name = ?");
  SQLite::bind(row, milliseconds(expires), key);
  row.exec();
}

void KeysTable::revoke(const std::string& key, WallTime now) {
  SQLite::Statement row(database_, "UPDATE keys SET revoked_at = ? WHERE name = ?");
  SQLite::bind(row, milliseconds(now), key);
  row.exec();
}

}  // namespace pointsman::store
