#pragma once

#include <optional>
#include <string>

#include "pointsman/base/clock.hpp"
#include "pointsman/base/error.hpp"
#include "pointsman/config/key.hpp"
#include "pointsman/daemon/options.hpp"

// What the options of `pointsman keys` say. The errors say which option is wrong, and how it is right.
namespace pointsman::daemon {

Error misuse(std::string message);

// When a key ends; nothing: never.
Result<std::optional<WallTime>> expiry_of(const KeysOptions& options, WallTime now);

// What `keys create` grants, without a secret.
Result<config::Key> grants_of(const KeysOptions& options, WallTime now);

}  // namespace pointsman::daemon
