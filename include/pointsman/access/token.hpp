#pragma once

#include <string_view>

#include "pointsman/base/secret.hpp"

// The secrets that we make for clients: "pm_", 43 characters that are 256 random bits, and 6 that are the CRC-32 of all
// before them, both in base 62 (0-9 A-Z a-z, the highest digit first). So they can be found in texts by
// `pm_[0-9A-Za-z]{49}`, and what only looks like one is told by its checksum.
namespace pointsman::access {

inline constexpr std::string_view token_prefix = "pm_";
inline constexpr std::size_t token_size = 52;

// A new one, from the system's source of randomness for secrets. Throws if there is none.
Secret new_token();

// Whether it has the form and the right checksum.
bool is_token(std::string_view text);

}  // namespace pointsman::access
