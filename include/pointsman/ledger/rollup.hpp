#pragma once

#include <SQLiteCpp/Database.h>

#include <compare>
#include <cstdint>
#include <map>
#include <string_view>

#include "pointsman/ledger/sums.hpp"
#include "pointsman/observe/access_log.hpp"

namespace pointsman::ledger {

// By what the sums of an hour or a day are kept.
struct Group {
  std::int64_t period = 0;  // hours or days since 1970, in UTC
  std::string_view key;
  std::string_view model;  // as the client asked; empty: it made it up
  std::string_view endpoint;
  std::string_view api;
  std::string_view ended;

  auto operator<=>(const Group&) const = default;
};

std::int64_t hour_of(WallTime time);

// By what the sums of a request's hour are kept.
Group group_of(const observe::AccessRecord& record);

// The sums that a batch adds to the tables `hours` and `days`. Written in the transaction that writes the requests,
// they are there once or not at all. Keeps views of what it is given.
class Rollup {
 public:
  void add(const Group& hour, const Sums& sums) { hours_[hour] += sums; }

  // Throws SQLite::Exception; call it within a transaction.
  void write(SQLite::Database& database) const;

 private:
  std::map<Group, Sums> hours_;
};

}  // namespace pointsman::ledger
