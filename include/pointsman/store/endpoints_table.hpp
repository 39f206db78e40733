#pragma once

#include <SQLiteCpp/Database.h>

#include <map>
#include <optional>
#include <string>

#include "pointsman/registry/learned.hpp"

namespace pointsman::store {

// The table `endpoints`: which endpoints there are, at which URL, and in which state they were found. Removing one
// removes its rows in the other tables as well. Throws SQLite::Exception; call it within a transaction.
class EndpointsTable {
 public:
  explicit EndpointsTable(SQLite::Database& database) : database_(database) {}

  std::map<std::string, std::string> urls();  // by name

  // Health, detail, server type, version and time; without the models and routes, which have tables of their own. A
  // health that this version does not know is unknown. Nothing if there is no such endpoint at that URL.
  std::optional<registry::Learned> find(const std::string& name, const std::string& url);

  void add(const std::string& name, const std::string& url);  // if it is not there
  void put(const std::string& name, const std::string& url, const registry::Learned& learned);
  void remove(const std::string& name);

 private:
  SQLite::Database& database_;
};

}  // namespace pointsman::store
