#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

namespace pointsman::bench {

// The value of a field in a message's head, whatever the case of its name there; `name` is in lower case. As little
// parsing as both ends get along with: no duplicates, no list syntax.
std::optional<std::string_view> field(std::string_view head, std::string_view name);

// The same as a number; nothing if it is missing or none.
std::optional<std::size_t> number_field(std::string_view head, std::string_view name);

}  // namespace pointsman::bench
