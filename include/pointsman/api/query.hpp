#pragma once

#include <optional>
#include <string>
#include <string_view>

// The queries of our own routes; those of requests that pass through are nobody's business.
namespace pointsman::api {

// The value of a parameter, with percent-encoding taken off; "" for one without a value, nothing if it is not there.
// Of several the first counts. The query may begin with its question mark.
std::optional<std::string> query_parameter(std::string_view query, std::string_view name);

// For a value in a query: all but RFC 3986's unreserved characters are encoded.
std::string percent_encoded(std::string_view text);

}  // namespace pointsman::api
