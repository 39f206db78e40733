#pragma once

#include <optional>
#include <string_view>

namespace pointsman::payload {

// The object that stands at a top-level key, as it was written; nothing if there is none, and an empty
// text, which is no object, where servers may not agree on it: the key is there twice, or in other letters. `body` must
// be followed by `padding` readable bytes (request_fields.hpp), and a scan must have found it sound. Allocates; not for
// every request.
std::optional<std::string_view> nested_object(std::string_view body, std::string_view key);

}  // namespace pointsman::payload
