#pragma once

#include <string>
#include <vector>

#include "pointsman/config/settings.hpp"
#include "pointsman/config/value.hpp"

namespace pointsman::config {

// The names that the endpoints of the file give to their models: ids and aliases.
std::vector<std::string> named_models(const Settings& settings);

// The names that clients may use; none if that cannot be told, because an endpoint may have others.
std::vector<std::string> listed_models(const Settings& settings, const Vocabulary& vocabulary);

// Warns of models that the file says something of and that no endpoint in it has, neither as an id nor as an alias.
// That can be told only where every endpoint lists its `models` and none are looked for. `root` is the whole file, the
// settings what was read from it.
void warn_of_unlisted_models(const Node& root, const Settings& settings, Reading& reading);

}  // namespace pointsman::config
