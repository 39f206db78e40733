#pragma once

#include <string>

namespace pointsman::observe {

// Why lines cannot be appended to a file, as errno says it; 0: they can. Unlike try_log_file() it does not make it.
int log_file_error(const std::string& path);

}  // namespace pointsman::observe
