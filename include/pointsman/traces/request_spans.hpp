#pragma once

#include <vector>

#include "pointsman/observe/access_log.hpp"
#include "pointsman/observe/trace.hpp"
#include "pointsman/traces/span.hpp"

namespace pointsman::traces {

// When a request was there. Spans are told by the wall's clock, and measured by the other one.
struct RequestTimes {
  observe::TracedAttempt::Time began;
  observe::TracedAttempt::Time ended;
  SpanTime ended_on_the_wall;
};

// The spans of a request that has ended: one of our own, and one for each attempt below it, in order. By
// OpenTelemetry's conventions for HTTP and generative AI; what they have no name for begins with `pointsman.`. Nothing
// that the request or its answer says, no path and no query of the client's; what clients and endpoints named is cut.
//
// `scheme`: how the client speaks to us, `http` or `https`.
std::vector<Span> request_spans(const observe::Trace& trace, const observe::AccessRecord& record,
                                const RequestTimes& times, std::string_view scheme);

}  // namespace pointsman::traces
