#pragma once

#include <SQLiteCpp/Database.h>

#include <string>

#include "pointsman/registry/learned.hpp"

namespace pointsman::store {

// The table `capabilities`: a verdict for each API of an endpoint's routes and of its models, with how it is known and
// since when. Of what nothing at all is known there is no row. Throws SQLite::Exception; call it within a transaction.
class CapabilitiesTable {
 public:
  explicit CapabilitiesTable(SQLite::Database& database) : database_(database) {}

  // Fills in the routes and the APIs of the models that `learned` has. Rows that name an API, a verdict or a
  // provenance of another version, and those of other models, are passed over.
  void fill_in(const std::string& endpoint, registry::Learned& learned);

  void replace(const std::string& endpoint, const registry::Learned& learned);

 private:
  SQLite::Database& database_;
};

}  // namespace pointsman::store
