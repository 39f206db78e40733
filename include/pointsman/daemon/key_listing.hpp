#pragma once

#include <string>
#include <vector>

#include "pointsman/base/clock.hpp"
#include "pointsman/config/settings.hpp"
#include "pointsman/store/kept_key.hpp"

// What people and programs are shown of the keys: never a secret.
namespace pointsman::daemon {

// A line for each key, of the file and of the database.
std::string key_table(const config::Access& file, const std::vector<store::KeptKey>& kept, WallTime now);
// The same as {"keys": [...]}.
std::string key_list_json(const config::Access& file, const std::vector<store::KeptKey>& kept, WallTime now);

// One key of the database; `is_hidden`: the file has one of that name.
std::string key_details(const store::KeptKey& key, bool is_hidden, WallTime now);
std::string key_json(const store::KeptKey& key, bool is_hidden, WallTime now);

}  // namespace pointsman::daemon
