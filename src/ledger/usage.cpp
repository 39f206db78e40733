#include "pointsman/ledger/usage.hpp"

#include <SQLiteCpp/Statement.h>
#include <SQLiteCpp/Transaction.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <map>
#include <utility>

#include "pointsman/ledger/requests_table.hpp"
#include "pointsman/store/columns.hpp"

namespace pointsman::ledger {
namespace {

constexpr std::array<std::pair<By, std::string_view>, 6> names{{{By::key, "key"},
                                                                {By::model, "model"},
                                                                {By::endpoint, "endpoint"},
                                                                {By::api, "api"},
                                                                {By::day, "day"},
                                                                {By::hour, "hour"}}};

using Names = std::vector<std::string>;

// Where the rows of a question are, and what its columns are called there.
struct Source {
  std::string table;
  std::string time;     // its column
  std::int64_t since;   // in the unit of that column
  std::int64_t until;   // likewise
  std::string seconds;  // that column as seconds since 1970
  std::string model;
  std::string narrowing = {};  // what else holds of all those rows, and finds them fast
};

Source of_hours(WallTime since, WallTime until) {
  using std::chrono::hours;
  return {"hours",
          "hour",
          std::chrono::floor<hours>(since).time_since_epoch().count(),
          std::chrono::ceil<hours>(until).time_since_epoch().count(),
          "hour * 3600",
          "model"};
}

Source of_days(WallTime since, WallTime until) {
  using std::chrono::days;
  return {"days",
          "day",
          std::chrono::floor<days>(since).time_since_epoch().count(),
          std::chrono::ceil<days>(until).time_since_epoch().count(),
          "day * 86400",
          "model"};
}

Source of_requests(WallTime since, WallTime until) {
  return {"requests",
          "at",
          store::milliseconds(since),
          store::milliseconds(until),
          "at / 1000",
          "CASE WHEN is_known_model THEN model ELSE '' END",
          " AND id >= " + std::to_string(first_request_of(since))};
}

std::string column(By by, const Source& source) {
  switch (by) {
    case By::key: return "key";
    case By::model: return source.model;
    case By::endpoint: return "endpoint";
    case By::api: return "api";
    case By::day: return "strftime('%Y-%m-%d', " + source.seconds + ", 'unixepoch')";
    case By::hour: return "strftime('%Y-%m-%dT%H:00Z', " + source.seconds + ", 'unixepoch')";
  }
  return "''";
}

std::string columns(const Question& question, const Source& source) {
  std::string text;
  for (const auto by : question.by) text += column(by, source) + ", ";
  return text;
}

std::string selection(const Question& question, const Source& source) {
  std::string text =
      " FROM " + source.table + " WHERE " + source.time + " >= ?1 AND " + source.time + " < ?2" + source.narrowing;
  if (!question.key.empty()) text += " AND key = ?3";
  if (!question.model.empty()) text += " AND " + source.model + " GLOB ?4";
  return text;
}

void bind(SQLite::Statement& statement, const Question& question, const Source& source) {
  statement.bind(1, source.since);
  statement.bind(2, source.until);
  if (!question.key.empty()) statement.bind(3, question.key);
  if (!question.model.empty()) statement.bind(4, question.model);
}

Names names_of(SQLite::Statement& row, std::size_t count) {
  Names result;
  for (std::size_t i = 0; i < count; ++i) result.push_back(row.getColumn(static_cast<int>(i)).getString());
  return result;
}

Sums sums_of(SQLite::Statement& row, int column) {
  Sums sums;
  for (auto* sum : {&sums.requests, &sums.errors, &sums.without_usage, &sums.bytes_in, &sums.bytes_out}) {
    *sum = row.getColumn(column++).getInt64();
  }
  for (auto* sum : {&sums.input_tokens, &sums.cached_tokens, &sums.output_tokens, &sums.reasoning_tokens}) {
    if (!row.getColumn(column).isNull()) *sum = row.getColumn(column).getInt64();
    ++column;
  }
  return sums;
}

// Whether the hours reach back as far as is asked, or as anything does.
bool has_hours(SQLite::Database& database, const Question& question) {
  if (std::ranges::find(question.by, By::hour) != question.by.end()) return true;
  const auto first_hour = database.execAndGet("SELECT coalesce(min(hour), 0) FROM hours").getInt64();
  const auto first_day = database.execAndGet("SELECT coalesce(min(day), 0) FROM days").getInt64();
  return first_day >= first_hour / 24 || of_hours(question.since, question.until).since >= first_hour;
}

struct Times {
  std::vector<std::int64_t> first_byte;
  std::vector<std::int64_t> duration;
};

std::int64_t at(std::vector<std::int64_t>& sorted, std::size_t percent) {
  return sorted[(sorted.size() - 1) * percent / 100];
}

std::optional<Percentiles> percentiles(std::vector<std::int64_t> times) {
  if (times.empty()) return std::nullopt;
  std::ranges::sort(times);
  return Percentiles{at(times, 50), at(times, 95)};
}

// From the requests themselves, if all of them are there.
void add_percentiles(SQLite::Database& database, const Question& question, Usage& usage) {
  if (usage.total.sums.requests > most_looked_at) return;
  const Source source = of_requests(usage.since, usage.until);
  SQLite::Statement rows(
      database, "SELECT " + columns(question, source) + "first_byte_us, duration_us" + selection(question, source));
  bind(rows, question, source);
  const int first_time = static_cast<int>(question.by.size());
  std::map<Names, Times> groups;
  Times all;
  while (rows.executeStep()) {
    auto& group = groups[names_of(rows, question.by.size())];
    for (auto* times : {&group, &all}) {
      if (!rows.getColumn(first_time).isNull()) times->first_byte.push_back(rows.getColumn(first_time).getInt64());
      times->duration.push_back(rows.getColumn(first_time + 1).getInt64());
    }
  }
  if (static_cast<std::int64_t>(all.duration.size()) != usage.total.sums.requests) return;
  const auto tell = [](UsageRow& row, Times times) {
    row.first_byte = percentiles(std::move(times.first_byte));
    row.duration = percentiles(std::move(times.duration));
  };
  for (auto& row : usage.rows) tell(row, std::move(groups[row.names]));
  tell(usage.total, std::move(all));
}

}  // namespace

std::string_view name(By by) { return std::ranges::find(names, by, &std::pair<By, std::string_view>::first)->second; }

std::optional<By> by_named(std::string_view name) {
  const auto* const found = std::ranges::find(names, name, &std::pair<By, std::string_view>::second);
  return found == names.end() ? std::nullopt : std::optional(found->first);
}

std::vector<std::string> keys_seen(SQLite::Database& database) {
  SQLite::Statement rows(database, "SELECT DISTINCT key FROM days WHERE key <> '' ORDER BY key");
  std::vector<std::string> keys;
  while (rows.executeStep()) keys.push_back(rows.getColumn(0).getString());
  return keys;
}

Usage usage(SQLite::Database& database, const Question& question) {
  // One picture for all that is read, while others write.
  SQLite::Transaction picture(database);
  const bool by_hours = has_hours(database, question);
  const Source source = by_hours ? of_hours(question.since, question.until) : of_days(question.since, question.until);
  const auto unit = by_hours ? std::chrono::hours(1) : std::chrono::hours(24);
  Usage result;
  result.since = WallTime(source.since * unit);
  result.until = WallTime(source.until * unit);

  std::string order;
  for (std::size_t i = 1; i <= question.by.size(); ++i) order += (i == 1 ? " ORDER BY " : ", ") + std::to_string(i);
  // Summed here: where SQLite's sums are too large they fail.
  const std::string text = "SELECT " + columns(question, source) +
                           "requests, errors, without_usage, bytes_in, bytes_out, "
                           "input_tokens, cached_tokens, output_tokens, reasoning_tokens" +
                           selection(question, source) + order;
  SQLite::Statement rows(database, text);
  bind(rows, question, source);
  while (rows.executeStep()) {
    auto group = names_of(rows, question.by.size());
    if (result.rows.empty() || result.rows.back().names != group) result.rows.emplace_back().names = std::move(group);
    const auto sums = sums_of(rows, static_cast<int>(question.by.size()));
    result.rows.back().sums += sums;
    result.total.sums += sums;
  }
  add_percentiles(database, question, result);
  return result;
}

}  // namespace pointsman::ledger
