#pragma once

#include <optional>

#include "pointsman/base/clock.hpp"
#include "pointsman/http/head.hpp"

namespace pointsman::proxy {

// How long an answer asks to wait: retry-after-ms, which is the finer one, or else Retry-After, in seconds or until a
// date (RFC 9110 §10.2.3); one that is over asks for no pause. A day at most.
std::optional<Milliseconds> asked_pause(const http::ResponseHead& head, WallTime now);

}  // namespace pointsman::proxy
