#pragma once

#include <cstdint>
#include <string>

#include "pointsman/base/clock.hpp"

namespace pointsman::api {

// What operators are told of the file and of its reloads.
struct ConfigurationState {
  std::string file;   // empty: there is none
  WallTime loaded{};  // when what holds now was read
  std::uint64_t applied = 0;
  std::uint64_t refused = 0;
  std::string problem;  // why the last reload changed nothing; empty: it was no failure
};

// In Prometheus' text format.
std::string metrics_text(const ConfigurationState& state);

}  // namespace pointsman::api
