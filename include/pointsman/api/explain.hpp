#pragma once

#include <cstdint>
#include <string>

#include "pointsman/base/error.hpp"
#include "pointsman/registry/snapshot.hpp"

// GET /explain on the operations listener: where a request for a model with an API would go, and why.
namespace pointsman::api {

// The names of the API table, as people read a list: "chat_completions, completions, ...".
std::string api_names();

// The body for a query such as "?model=m&api=responses". The error is invalid_input: a parameter is missing or wrong,
// and the message says what it may be.
Result<std::string> explain_body(const registry::Snapshot& snapshot, std::string_view query, MonotonicTime now);

}  // namespace pointsman::api
