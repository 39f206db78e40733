#pragma once

#include <SQLiteCpp/Database.h>

#include <string>
#include <vector>

#include "pointsman/registry/report.hpp"

namespace pointsman::store {

// The table `models`: what an endpoint lists, in its order, without what is known of the models' APIs. Throws
// SQLite::Exception; call it within a transaction.
class ModelsTable {
 public:
  explicit ModelsTable(SQLite::Database& database) : database_(database) {}

  std::vector<registry::ModelReport> of(const std::string& endpoint);
  void replace(const std::string& endpoint, const std::vector<registry::ModelReport>& models);

 private:
  SQLite::Database& database_;
};

}  // namespace pointsman::store
