#pragma once

#include <vector>

#include "pointsman/config/settings.hpp"
#include "pointsman/config/value.hpp"

namespace pointsman::config {

// `endpoints:`: a list, which may be empty.
void read_endpoints(const Value& value, std::vector<Endpoint>& endpoints);

}  // namespace pointsman::config
