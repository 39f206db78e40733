#pragma once

#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "pointsman/config/settings.hpp"
#include "pointsman/http/head.hpp"
#include "pointsman/observe/access_log.hpp"
#include "pointsman/observe/trace.hpp"
#include "pointsman/traces/backlog.hpp"

namespace pointsman::traces {

// One worker's part in traces: continues or begins that of each request, and hands the spans of those that ended to the
// backlog. Used by one thread.
class Tracer {
 public:
  // No settings: there are no traces, and what clients say of theirs passes as it came. Without a collector nothing is
  // told of them.
  Tracer(const std::optional<config::Traces>& settings, Backlog& backlog);

  // The trace of a request with these fields; nullptr: it has none. This outlives it.
  std::unique_ptr<observe::Trace> begin(const http::Fields& fields);

  // It came from a client that nobody knows: whether it is told is for our share to say, and for no id of the client's.
  void distrust(observe::Trace& trace);

  // The request has ended just now. `scheme`: `http` or `https`, as the client speaks.
  void end(observe::Trace& trace, const observe::AccessRecord& record, observe::TracedAttempt::Time began,
           std::string_view scheme);

  // Each tick of the worker, and when it has stopped.
  void hand_over();

 private:
  Backlog& backlog_;
  observe::TraceIds ids_;
  const bool is_on_;
  const bool is_told_;
  const double share_;
  std::vector<Span> spans_;
};

}  // namespace pointsman::traces
