#pragma once

#include <string_view>

#include "pointsman/http/connection.hpp"
#include "pointsman/payload/decompressor.hpp"

namespace pointsman::api {

// More than this, times its own size, no body may decompress to, once that is more than a small one: texts do not reach
// it, bombs do.
inline constexpr std::size_t max_compression = 200;

// What a request's body is without its coding: in the connection's side copy, which limits.request_body and the budget
// of bytes bound like the body itself. Gives way to other connections of the worker between pieces.
//
// Errors: too_large (a bomb, perhaps), invalid_input (not in that coding, cut, or something follows it), overloaded
// (the budget), cancelled (the client left). All but the last are fit to be answered.
net::Task<Result<std::string_view>> decompress(http::Connection& client, std::string_view body, payload::Coding coding);

}  // namespace pointsman::api
