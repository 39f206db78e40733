#include "pointsman/ledger/rollup.hpp"

#include <SQLiteCpp/Statement.h>

#include <chrono>
#include <string>

namespace pointsman::ledger {
namespace {

constexpr std::int64_t hours_of_a_day = 24;

std::string upsert(const std::string& table, const std::string& period) {
  std::string text = "INSERT INTO " + table + " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (" +
                     period + ", key, model, endpoint, api, ended) DO UPDATE SET ";
  // What is too large becomes a real number in SQLite, which the column refuses.
  const auto sum = [](const std::string& column) {
    return "min(" + column + " + excluded." + column + ", 9223372036854775807)";
  };
  for (const std::string column : {"requests", "errors", "without_usage", "bytes_in", "bytes_out"}) {
    text.append(column).append(" = ").append(sum(column)).append(", ");
  }
  std::string separator;
  for (const std::string column : {"input_tokens", "cached_tokens", "output_tokens", "reasoning_tokens"}) {
    text.append(separator).append(column).append(" = coalesce(").append(sum(column));
    text.append(", ").append(column).append(", excluded.").append(column).append(")");
    separator = ", ";
  }
  return text;
}

void write_to(SQLite::Database& database, const std::string& statement, const std::map<Group, Sums>& groups) {
  SQLite::Statement row(database, statement);
  for (const auto& [group, sums] : groups) {
    int column = 0;
    row.reset();
    row.bind(++column, group.period);
    for (const auto text : {group.key, group.model, group.endpoint, group.api, group.ended}) {
      row.bind(++column, std::string(text));
    }
    for (const Told sum :
         {Told(sums.requests), Told(sums.errors), Told(sums.without_usage), sums.input_tokens, sums.cached_tokens,
          sums.output_tokens, sums.reasoning_tokens, Told(sums.bytes_in), Told(sums.bytes_out)}) {
      if (sum) {
        row.bind(++column, *sum);
      } else {
        row.bind(++column);
      }
    }
    row.exec();
  }
}

}  // namespace

std::int64_t hour_of(WallTime time) { return std::chrono::floor<std::chrono::hours>(time).time_since_epoch().count(); }

Group group_of(const observe::AccessRecord& record) {
  const auto model = is_known_model(record) ? record.model : std::string_view();
  return {hour_of(record.time), record.key, model, record.endpoint, record.api, observe::name(record.ended)};
}

void Rollup::write(SQLite::Database& database) const {
  static const std::string to_hours = upsert("hours", "hour");
  static const std::string to_days = upsert("days", "day");
  std::map<Group, Sums> days;
  for (const auto& [group, sums] : hours_) {
    Group day = group;
    day.period = group.period / hours_of_a_day;
    days[day] += sums;
  }
  write_to(database, to_hours, hours_);
  write_to(database, to_days, days);
}

}  // namespace pointsman::ledger
