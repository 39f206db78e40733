#pragma once

#include <span>
#include <string>
#include <string_view>

#include "pointsman/traces/span.hpp"

namespace pointsman::traces {

// The body of a request that tells a collector of these spans: OTLP 1, an ExportTraceServiceRequest in its JSON mapping
// (ids in hexadecimal digits, integers of 64 bits as strings, enums as numbers). What is not UTF-8 is replaced.
std::string otlp_body(std::span<const Span> spans, std::string_view service_name, std::string_view instance);

}  // namespace pointsman::traces
