#pragma once

#include <SQLiteCpp/Database.h>

#include <optional>
#include <string>
#include <vector>

#include "pointsman/store/kept_key.hpp"

namespace pointsman::store {

// The tables `keys`, `model_limits` and `tokens`. Throws SQLite::Exception; call it within a transaction.
class KeysTable {
 public:
  explicit KeysTable(SQLite::Database& database) : database_(database) {}

  // By name.
  std::vector<KeptKey> all();
  std::optional<KeptKey> find(const std::string& name);
  bool any();

  // Of names that are not there yet.
  void add(const KeptKey& key);
  void add_token(const std::string& key, const KeptToken& token);
  // None of its tokens lasts longer than until then.
  void end_tokens(const std::string& key, WallTime at);
  void set_expiry(const std::string& key, WallTime expires);
  void revoke(const std::string& key, WallTime now);

 private:
  void add_model_limits(const std::string& key, const config::ModelLimits& limits);

  SQLite::Database& database_;
};

}  // namespace pointsman::store
