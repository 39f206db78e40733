#pragma once

#include <array>
#include <cstddef>

#include "pointsman/observe/histogram.hpp"
#include "pointsman/observe/series_table.hpp"
#include "pointsman/proxy/stream_pace.hpp"
#include "pointsman/routing/judgement.hpp"

namespace pointsman::proxy {

// How fast one endpoint answers one worker.
struct EndpointTimes {
  observe::Histogram first_byte;  // from when the request went out
  TokenTimes between_tokens;      // of streams
};

// What one worker counts of attempts. Written by its worker, read by whoever renders the metrics.
struct AttemptCounts {
  static constexpr std::size_t most_endpoints = 1'000;

  std::array<observe::Counter, routing::reason_count> moved;  // to another endpoint, by routing::Reason
  observe::Counter retried;                                   // at the same one
  observe::Counter fallbacks;                                 // requests that went to another model
  observe::Counter breaker_opened;
  observe::SeriesTable<EndpointTimes> times{most_endpoints};  // by registry::SnapshotEndpoint::number
};

}  // namespace pointsman::proxy
