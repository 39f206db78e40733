#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace pointsman::config {

// The name that somebody who wrote `word` most likely meant: one that is spelt nearly so, or else the shortest that it
// is a part of. "" if there is neither. Capitals do not count.
std::string_view nearest(std::string_view word, const std::vector<std::string>& names);

}  // namespace pointsman::config
