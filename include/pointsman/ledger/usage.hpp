#pragma once

#include <SQLiteCpp/Database.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "pointsman/base/clock.hpp"
#include "pointsman/ledger/sums.hpp"

namespace pointsman::ledger {

// By what usage can be told apart.
enum class By : std::uint8_t { key, model, endpoint, api, day, hour };
std::string_view name(By by);
std::optional<By> by_named(std::string_view name);

struct Question {
  std::vector<By> by;  // in this order; empty: all together
  WallTime since;
  WallTime until;
  std::string key;    // of this one only; empty: of all
  std::string model;  // of those that fit, with * and ?; empty: of all
};

struct Percentiles {
  std::int64_t median = 0;
  std::int64_t p95 = 0;
};

struct UsageRow {
  std::vector<std::string> names;  // one for each of Question::by; days and hours as RFC 3339 has them, in UTC
  Sums sums;
  // In microseconds. Absent: none is known, or the requests themselves are kept no longer, or are too many to look at.
  std::optional<Percentiles> first_byte;
  std::optional<Percentiles> duration;
};

struct Usage {
  WallTime since;  // as answered: whole hours, or days where the hours are kept no longer
  WallTime until;
  std::vector<UsageRow> rows;
  UsageRow total;
};

// Up to so many requests are looked at for percentiles.
inline constexpr std::int64_t most_looked_at = 1'000'000;

// Of all that is kept, by name. Throws SQLite::Exception.
std::vector<std::string> keys_seen(SQLite::Database& database);

// What was used, from the sums of hours and days. Reads only; throws SQLite::Exception.
Usage usage(SQLite::Database& database, const Question& question);

}  // namespace pointsman::ledger
