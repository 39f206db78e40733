#pragma once

#include <string_view>

#include "pointsman/base/secret.hpp"

namespace pointsman::config {

inline constexpr std::string_view authorization_field = "Authorization";

// What a request's field says to show an endpoint its key: `Bearer` and the key in Authorization, the key alone in any
// other. Empty without a key.
Secret credentials(std::string_view field, const Secret& key);

}  // namespace pointsman::config
