#pragma once

#include <vector>

#include "pointsman/base/clock.hpp"
#include "pointsman/net/task.hpp"
#include "pointsman/probe/client.hpp"
#include "pointsman/probe/conversation.hpp"
#include "pointsman/probe/routine.hpp"
#include "pointsman/registry/report.hpp"

namespace pointsman::probe {

struct Findings {
  registry::ProbeReport report;
  std::vector<Sent> sent;
  bool cut_short = false;   // the endpoint did not answer any more, so that something was not asked
  WallTime routes_asked{};  // when routes were asked for; the epoch: they were left alone. See Known::routes_asked.
};

// Probes one endpoint without generating a token or loading a model: is it up, what is it, which models, which APIs
// (docs/detection.md). Each request has its own throw-away connection. Runs on the caller's executor; whatever goes
// wrong is in the report. When the caller cancels it, it ends soon, with what it has.
net::Task<Findings> probe(Target target, Known known, const Clock& clock);

}  // namespace pointsman::probe
