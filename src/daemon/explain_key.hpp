#pragma once

#include <nlohmann/json.hpp>
#include <string>

namespace pointsman::daemon {

// What GET /explain?key=NAME answered, for people.
std::string key_explained(const nlohmann::ordered_json& answer);

}  // namespace pointsman::daemon
