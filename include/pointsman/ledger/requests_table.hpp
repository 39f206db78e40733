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
  static constexpr std::size_t columns = 25;

  // What a column was bound to, which holds for the rows to come as well: most say again what the one before said.
  struct Bound {
    enum class Kind : std::uint8_t { nothing, null, number, text };
    Kind kind = Kind::nothing;
    std::int64_t number = 0;
    std::string text;  // SQLite reads it here
  };

  std::int64_t id_of(WallTime time);
  // Each binds the column after the one before.
  void bind(std::string_view text);
  void bind(std::int64_t number);
  void bind_null();
  void bind_told(std::int64_t tokens) { tokens >= 0 ? bind(tokens) : bind_null(); }

  std::int64_t last_id_;
  std::array<Bound, columns> bound_;
  std::size_t column_ = 0;
  SQLite::Statement insert_;
};

}  // namespace pointsman::ledger
