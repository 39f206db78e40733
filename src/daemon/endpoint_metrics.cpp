#include "pointsman/daemon/endpoint_metrics.hpp"

#include <string_view>

namespace pointsman::daemon {
namespace {

using registry::Health;
using registry::SnapshotEndpoint;

constexpr std::array<std::string_view, 3> breaker_states{"closed", "half_open", "open"};

std::string_view state_of(const registry::Breaker& breaker, MonotonicTime now) {
  if (breaker.is_closed()) return "closed";
  return breaker.is_open(now) ? "open" : "half_open";
}

}  // namespace

void write_endpoint_metrics(observe::PrometheusText& text, const registry::Snapshot& snapshot,
                            const ProbeRecords& probes, MonotonicTime now) {
  const auto gauge = [&](std::string_view name, std::string_view help, auto value_of) {
    text.metric(name, "gauge", help);
    for (const auto& each : snapshot.endpoints) text.sample({{"endpoint", each.name}}, std::uint64_t{value_of(each)});
  };
  text.metric("pointsman_endpoint_health", "gauge", "1 for the state that an endpoint is in.");
  for (const auto& each : snapshot.endpoints) {
    for (std::size_t state = 0; state < registry::health_count; ++state) {
      const auto health = static_cast<Health>(state);
      text.sample({{"endpoint", each.name}, {"state", registry::name(health)}}, std::uint64_t{each.health == health});
    }
  }
  text.metric("pointsman_endpoint_breaker", "gauge", "1 for the state that an endpoint's own breaker is in.");
  for (const auto& each : snapshot.endpoints) {
    const auto now_in = state_of(each.load->breaker, now);
    for (const auto state : breaker_states) {
      text.sample({{"endpoint", each.name}, {"state", state}}, std::uint64_t{state == now_in});
    }
  }
  gauge("pointsman_endpoint_open_breakers", "Breakers that are not closed: an endpoint's own and those of its models.",
        [](const SnapshotEndpoint& each) { return each.load->open_breakers.load(); });
  gauge("pointsman_endpoint_in_flight", "Requests that an endpoint is working on.",
        [](const SnapshotEndpoint& each) { return each.load->in_flight.load(); });
  gauge("pointsman_endpoint_max_concurrent", "How many it may work on; 0: as many as come.",
        [](const SnapshotEndpoint& each) { return each.max_concurrent; });
  text.metric("pointsman_endpoint_connections", "gauge", "Connections to an endpoint, by what they do.");
  for (const auto& each : snapshot.endpoints) {
    // Read in this order, one that is taken meanwhile cannot make it negative.
    const std::uint64_t idle = each.load->idle_connections;
    const std::uint64_t all = each.load->connections;
    text.sample({{"endpoint", each.name}, {"state", "idle"}}, idle);
    text.sample({{"endpoint", each.name}, {"state", "in_use"}}, all > idle ? all - idle : 0);
  }
  text.metric("pointsman_probes_total", "counter", "Probes that ended, by the state that they found.");
  for (const auto& [name, record] : probes) {
    for (std::size_t state = 0; state < record.found.size(); ++state) {
      if (record.found[state] == 0) continue;
      text.sample({{"endpoint", name}, {"result", registry::name(static_cast<Health>(state))}}, record.found[state]);
    }
  }
  text.metric("pointsman_probe_age_seconds", "gauge", "How long ago the last probe of an endpoint ended.");
  for (const auto& each : snapshot.endpoints) {
    const auto found = probes.find(each.name);
    if (found == probes.end()) continue;
    text.sample({{"endpoint", each.name}}, std::chrono::microseconds(now - found->second.last));
  }
}

void write_snapshot_age(observe::PrometheusText& text, Milliseconds age) {
  text.metric("pointsman_snapshot_age_seconds", "gauge", "How long ago what the workers know last changed.");
  text.sample({}, std::chrono::microseconds(age));
}

}  // namespace pointsman::daemon
