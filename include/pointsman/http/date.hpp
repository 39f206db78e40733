#pragma once

#include <optional>
#include <string_view>

#include "pointsman/base/clock.hpp"

namespace pointsman::http {

// An HTTP-date in any of its three forms (RFC 9110 §5.6.7): IMF-fixdate, RFC 850's, whose year has two digits and is at
// most 50 years after `now`, and asctime's. The day of the week is not compared with the date. Nothing: it is none.
std::optional<WallTime> parse_date(std::string_view text, WallTime now);

}  // namespace pointsman::http
