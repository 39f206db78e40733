#pragma once

#include <string_view>

#include "pointsman/http/head.hpp"

namespace pointsman::http {

// Parses the form that nearly every head has, in one pass, once HeadScan has found its lines: single spaces in the
// first line, "name: value" lines that end in CRLF. False: the head is unusual, wrong or over a bound, and somebody
// else has to say which; `head` then holds anything. Never accepts what Beast's parser would refuse, and finds the same
// in what it accepts (tests/fuzz).
bool parse_plain(std::string_view bytes, const Limits& limits, RequestHead& head);
bool parse_plain(std::string_view bytes, const Limits& limits, ResponseHead& head);

}  // namespace pointsman::http
