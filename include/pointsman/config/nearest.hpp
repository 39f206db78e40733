#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace pointsman::config {

// The name that somebody who wrote `word` most likely meant; "" if none is near. Capitals do not count.
std::string_view nearest(std::string_view word, const std::vector<std::string>& names);

}  // namespace pointsman::config
