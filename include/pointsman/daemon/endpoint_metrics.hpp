#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <string>

#include "pointsman/base/clock.hpp"
#include "pointsman/observe/prometheus_text.hpp"
#include "pointsman/registry/health.hpp"
#include "pointsman/registry/snapshot.hpp"

namespace pointsman::daemon {

// What came of the probes of one endpoint.
struct ProbeRecord {
  void note(registry::Health health, MonotonicTime now) {
    ++found[static_cast<std::size_t>(health)];
    last = now;
  }

  std::array<std::uint64_t, registry::health_count> found{};  // by registry::Health
  MonotonicTime last{};                                       // when the last one ended
};

using ProbeRecords = std::map<std::string, ProbeRecord>;  // by the endpoint's name

// How each endpoint is: its health, its breaker, its load and connections, its probes. The counts of one that is gone
// stay; what it is like does not.
void write_endpoint_metrics(observe::PrometheusText& text, const registry::Snapshot& snapshot,
                            const ProbeRecords& probes, MonotonicTime now);
void write_snapshot_age(observe::PrometheusText& text, Milliseconds age);

}  // namespace pointsman::daemon
