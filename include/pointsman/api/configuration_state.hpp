#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "pointsman/base/clock.hpp"
#include "pointsman/observe/prometheus_text.hpp"

namespace pointsman::api {

// What operators are told of the file and of its reloads.
struct ConfigurationState {
  std::string file;   // empty: there is none
  WallTime loaded{};  // when what holds now was read
  std::uint64_t applied = 0;
  std::uint64_t refused = 0;
  std::vector<std::string> problems;       // why the last reload changed nothing; empty: it was no failure
  WallTime refused_since{};                // for how long reloads have changed nothing, where the last one did not
  std::vector<std::string> needs_restart;  // what the file says now, but cannot change while the gateway runs
};

void write_metrics(observe::PrometheusText& text, const ConfigurationState& state);

}  // namespace pointsman::api
