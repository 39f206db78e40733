#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

// The queries of our own routes; those of requests that pass through are nobody's business.
namespace pointsman::api {

// The value of a parameter, with percent-encoding taken off; "" for one without a value, nothing if it is not there.
// Of several the first counts. The query may begin with its question mark.
std::optional<std::string> query_parameter(std::string_view query, std::string_view name);

// How many of that name there are, in whatever case: readers disagree on which one counts.
std::size_t count_parameters(std::string_view query, std::string_view name);

}  // namespace pointsman::api
