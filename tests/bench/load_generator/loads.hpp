#pragma once

#include "plan.hpp"
#include "record.hpp"

namespace pointsman::bench {

// Every connection sends its next request as soon as it has its answer, for the plan's time or number of requests.
void closed_loop(const Plan& plan, Record& record);

// Requests are sent when their time has come, whatever became of those before, and a latency counts from then: a
// gateway that stalls cannot slow down the clock that it is measured with.
void open_loop(const Plan& plan, Record& record);

// Every connection asks for a stream and reads it; each event counts, with the time since the upstream sent it.
void streams(const Plan& plan, Record& record);

}  // namespace pointsman::bench
