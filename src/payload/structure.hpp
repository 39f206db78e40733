#pragma once

#include "on_demand.hpp"

namespace pointsman::payload {

inline constexpr int max_depth = 1000;

// Whether the brackets, commas, colons and literals of a value are in order and it is nested no deeper than max_depth,
// `depth` being its own. simdjson's own way of skipping a value only counts brackets. Consumes the value.
simdjson::error_code check_structure(ondemand::value& value, int depth);

}  // namespace pointsman::payload
