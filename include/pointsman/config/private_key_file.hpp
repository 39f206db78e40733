#pragma once

#include <string>

namespace pointsman::config {

// Whether there is a private key in a PEM file, beside whatever else; false if it cannot be read.
bool holds_private_key(const std::string& path);

}  // namespace pointsman::config
