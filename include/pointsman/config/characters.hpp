#pragma once

#include <cstddef>
#include <string_view>

namespace pointsman::config {

// Where the text first is not well-formed UTF-8 or holds a control character that is not one of `allowed`; npos if
// nowhere. Such characters hide what a file says, break headers and labels, and steer terminals.
std::size_t find_unfit(std::string_view text, std::string_view allowed = "");

// Only what may stand in a header's value without a doubt: visible ASCII, no spaces.
bool is_visible_ascii(std::string_view text);

}  // namespace pointsman::config
