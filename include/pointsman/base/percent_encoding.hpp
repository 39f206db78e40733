#pragma once

#include <string>
#include <string_view>

// RFC 3986 §2.1.
namespace pointsman {

// For a value in a query: all but the unreserved characters are encoded.
std::string percent_encoded(std::string_view text);

// Takes percent-encoding off, once; a percent sign that begins none stands for itself.
std::string percent_decoded(std::string_view text);

}  // namespace pointsman
