#pragma once

#include <string>
#include <vector>

namespace pointsman::store {

// The names of the models that are kept in a gateway's database, as its endpoints call them; none if nothing can be
// read there. For other programs than the gateway: it changes nothing, waits for nobody and makes no file.
std::vector<std::string> models_kept_in(const std::string& path);

}  // namespace pointsman::store
