#include "pointsman/store/models_table.hpp"

#include <SQLiteCpp/Statement.h>
#include <SQLiteCpp/VariadicBind.h>

namespace pointsman::store {

std::vector<registry::ModelReport> ModelsTable::of(const std::string& endpoint) {
  std::vector<registry::ModelReport> result;
  // The rows of an endpoint are always written anew together, so they stand in its order.
  SQLite::Statement rows(database_, R"(
SELECT id, created, owned_by, context_length FROM models WHERE endpoint = ? ORDER BY rowid)");
  rows.bind(1, endpoint);
  while (rows.executeStep()) {
    registry::ModelReport& model = result.emplace_back();
    model.id = rows.getColumn(0).getString();
    model.created = rows.getColumn(1).getInt64();
    model.owned_by = rows.getColumn(2).getString();
    if (!rows.isColumnNull(3)) model.context_length = rows.getColumn(3).getInt64();
  }
  return result;
}

void ModelsTable::replace(const std::string& endpoint, const std::vector<registry::ModelReport>& models) {
  SQLite::Statement old(database_, "DELETE FROM models WHERE endpoint = ?");
  old.bind(1, endpoint);
  old.exec();

  SQLite::Statement row(database_, R"(
INSERT INTO models (endpoint, id, created, owned_by, context_length) VALUES (?, ?, ?, ?, ?))");
  for (const auto& model : models) {
    row.reset();
    SQLite::bind(row, endpoint, model.id, model.created, model.owned_by);
    if (model.context_length) {
      row.bind(5, *model.context_length);
    } else {
      row.bind(5);
    }
    row.exec();
  }
}

}  // namespace pointsman::store
