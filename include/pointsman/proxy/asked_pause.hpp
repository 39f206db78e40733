#pragma once

#include <optional>

#include "pointsman/base/clock.hpp"
#include "pointsman/http/head.hpp"

namespace pointsman::proxy {

// How long an answer asks to wait: retry-after-ms, which is the finer one, or else Retry-After in seconds (RFC 9110
// §10.2.3). A date says nothing here: no inference server sends one, and clocks differ.
std::optional<Milliseconds> asked_pause(const http::ResponseHead& head);

}  // namespace pointsman::proxy
