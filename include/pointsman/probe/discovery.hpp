#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "pointsman/base/clock.hpp"
#include "pointsman/config/settings.hpp"
#include "pointsman/net/task.hpp"
#include "pointsman/registry/report.hpp"

// For a start without a configuration: what serves on this machine?
namespace pointsman::probe {

struct WellKnownPort {
  std::uint16_t port;
  std::string_view usual_server;
};
const std::vector<WellKnownPort>& well_known_ports();

struct Discovered {
  config::Endpoint endpoint;  // named after what it is: "ollama", the next one "ollama-2"
  registry::ProbeReport report;
};

// Probes loopback on these ports, all side by side, and returns those that are OpenAI-compatible, in the order of the
// ports. A server that is still loading counts; one that wants a key does not, because we have none.
net::Task<std::vector<Discovered>> discover(std::vector<std::uint16_t> ports, Milliseconds timeout, const Clock& clock);

// The endpoints as they would stand in the file (names and URLs), ready to be put there.
std::string as_yaml(const std::vector<config::Endpoint>& endpoints);

}  // namespace pointsman::probe
