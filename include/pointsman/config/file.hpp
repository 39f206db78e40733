#pragma once

#include <cstddef>
#include <string>

#include "pointsman/base/error.hpp"

namespace pointsman::config {

// The content of a file, at most `limit` bytes. Errors: not_found, too_large, or storage with the system's words; the
// message does not hold the path, which may come from a variable.
Result<std::string> read_file(const std::string& path, std::size_t limit);

// A path as the file says it, where one that is not absolute begins at `directory`.
std::string path_below(const std::string& directory, const std::string& path);

}  // namespace pointsman::config
