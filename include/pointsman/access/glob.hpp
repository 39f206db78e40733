#pragma once

#include <string_view>

namespace pointsman::access {

// `*` stands for any run of characters, `?` for one (UTF-8); everything else, slashes too, for itself. Needs no memory,
// and time for at most glob times text.
bool glob_matches(std::string_view glob, std::string_view text);

}  // namespace pointsman::access
