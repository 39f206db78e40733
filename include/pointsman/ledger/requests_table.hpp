#pragma once

#include <SQLiteCpp/Database.h>
#include <SQLiteCpp/Statement.h>

#include <array>
#include <cstdint>
#include <string>

#include "pointsman/base/clock.hpp"
#include "pointsman/observe/access_log.hpp"

namespace pointsman::ledger {

// The first id that a request of that time may have: all that ended then or later have it or a higher one.
std::int64_t first_request_of(WallTime time);

// The table `requests`: one row for each. Throws SQLite::Exception; call it within a transaction, and use it for
// nothing but that one.
class RequestsTable {
 public:
  explicit RequestsTable(SQLite::Database& database);

  std::int64_t add(const observe::AccessRecord& record);  // returns its row

 private:
  std::int64_t id_of(WallTime time);
  void bind(std::string_view text);
  void bind_told(std::int64_t tokens);

  std::int64_t last_id_;
  SQLite::Statement insert_;
  std::array<std::string, 10> texts_;  // of the row at hand; a statement of SQLiteCpp takes nothing else uncopied
  std::size_t texts_used_ = 0;
  int column_ = 0;
};

}  // namespace pointsman::ledger
