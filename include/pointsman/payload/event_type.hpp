#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "pointsman/base/error.hpp"

namespace pointsman::payload {

// What an event, a JSON object, says that it is: its top-level `type`, unescaped; nothing if there is none, or if it is
// no string. `body` must be followed by `padding` readable bytes (request_fields.hpp), and a scan must have found it
// sound. Allocates; not for every request.
//
// Errors are the client's (invalid_input), and their message is fit to be answered: servers may not agree on what it
// is, because `type` is there twice, or in other letters.
Result<std::optional<std::string>> event_type(std::string_view body);

}  // namespace pointsman::payload
