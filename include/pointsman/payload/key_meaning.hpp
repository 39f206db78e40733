#pragma once

#include <string_view>

namespace pointsman::payload {

// Whether a server may take a key of a JSON object for that name, which is in small letters: Go ignores case, and takes
// the letter ſ for s as well.
bool means(std::string_view key, std::string_view name);

}  // namespace pointsman::payload
