#pragma once

#include <cstddef>
#include <optional>
#include <string>

#include "on_demand.hpp"
#include "pointsman/base/error.hpp"

// The words for what is wrong with a request's body.
namespace pointsman::payload {

// The body is JSON, but not a request that can be routed.
Error refusal(std::string message);

// The scan stopped with simdjson's `error`, at a byte of the body if that is known.
Error scan_error(simdjson::error_code error, std::optional<std::size_t> offset = std::nullopt);

}  // namespace pointsman::payload
