#include "pointsman/ledger/retention.hpp"

#include <SQLiteCpp/Statement.h>
#include <SQLiteCpp/VariadicBind.h>

#include <chrono>

#include "pointsman/ledger/requests_table.hpp"
#include "pointsman/ledger/rollup.hpp"
#include "pointsman/store/columns.hpp"

namespace pointsman::ledger {
namespace {

// What is from beyond that was written while the clock was wrong.
constexpr std::chrono::days future{1};

void run(SQLite::Database& database, const char* text, auto... values) {
  SQLite::Statement statement(database, text);
  SQLite::bind(statement, values...);
  statement.exec();
}

}  // namespace

void remove_old(SQLite::Database& database, const Retention& retention, WallTime now, int most) {
  const auto earliest = store::milliseconds(now - retention.raw);
  run(database, "DELETE FROM requests WHERE id IN (SELECT id FROM requests WHERE id < ? ORDER BY id LIMIT ?)",
      first_request_of(now - retention.raw), most);
  // Written while the clock was ahead, or after that, with numbers that go on from there. Those that come first are the
  // oldest. If the last one is from the future as well, it may be this clock that is wrong.
  run(database, R"(
DELETE FROM requests WHERE id IN (
    SELECT id FROM (SELECT id, at FROM requests WHERE id >= ?1 ORDER BY id LIMIT ?2) WHERE at < ?3 OR at > ?4)
  AND (SELECT at FROM requests ORDER BY id DESC LIMIT 1) <= ?4)",
      first_request_of(now + future), most, earliest, store::milliseconds(now + future));
  run(database,
      "DELETE FROM background_responses WHERE id IN (SELECT id FROM background_responses WHERE at < ? LIMIT ?)",
      earliest, most);
  run(database, "DELETE FROM hours WHERE hour = (SELECT min(hour) FROM hours) AND hour < ?",
      hour_of(now - retention.hourly));
  run(database, "DELETE FROM days WHERE day = (SELECT min(day) FROM days) AND day < ?",
      hour_of(now - retention.daily) / 24);
}

}  // namespace pointsman::ledger
