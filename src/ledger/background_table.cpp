#include "pointsman/ledger/background_table.hpp"

#include <SQLiteCpp/Statement.h>

#include <string>

#include "pointsman/ledger/rollup.hpp"
#include "pointsman/store/columns.hpp"

namespace pointsman::ledger {
namespace {

void bind_told(SQLite::Statement& statement, int column, std::int64_t tokens) {
  if (tokens >= 0) statement.bind(column, tokens);
}

void add_tokens(SQLite::Database& database, std::int64_t request, const observe::AccessRecord& fetched) {
  SQLite::Statement update(database, R"(
UPDATE requests SET input_tokens = ?, cached_tokens = ?, output_tokens = ?, reasoning_tokens = ? WHERE id = ?)");
  bind_told(update, 1, fetched.input_tokens);
  bind_told(update, 2, fetched.cached_tokens);
  bind_told(update, 3, fetched.output_tokens);
  bind_told(update, 4, fetched.reasoning_tokens);
  update.bind(5, request);
  update.exec();
}

}  // namespace

void BackgroundTable::add(const observe::AccessRecord& record, std::int64_t request) {
  const Group group = group_of(record);
  SQLite::Statement row(database_, R"(
INSERT OR IGNORE INTO background_responses (id, request, at, key, model, endpoint, api, ended)
VALUES (?, ?, ?, ?, ?, ?, ?, ?))");
  row.bind(1, std::string(record.background_id));
  row.bind(2, request);
  row.bind(3, store::milliseconds(record.time));
  int column = 3;
  for (const auto text : {group.key, group.model, group.endpoint, group.api, group.ended}) {
    row.bind(++column, std::string(text));
  }
  row.exec();
}

void BackgroundTable::settle(const observe::AccessRecord& fetched) {
  const std::string id(fetched.background_id);
  SQLite::Statement row(database_, R"(
DELETE FROM background_responses WHERE id = ? RETURNING request, at, key, model, endpoint, api, ended)");
  row.bind(1, id);
  if (!row.executeStep()) return;
  add_tokens(database_, row.getColumn(0).getInt64(), fetched);
  const std::string key = row.getColumn(2);
  const std::string model = row.getColumn(3);
  const std::string endpoint = row.getColumn(4);
  const std::string api = row.getColumn(5);
  const std::string ended = row.getColumn(6);
  auto own = fetched;
  own.background = observe::Background::none;
  Sums sums = sums_of(own);
  sums.requests = sums.errors = sums.bytes_in = sums.bytes_out = 0;
  sums.without_usage = -1;
  Rollup rollup;
  rollup.add({hour_of(store::time_of(row.getColumn(1))), key, model, endpoint, api, ended}, sums);
  rollup.write(database_);
}

}  // namespace pointsman::ledger
