#pragma once

#include <cstddef>
#include <string>

#include "pointsman/observe/prometheus_text.hpp"

namespace pointsman::api {

// What operators are told of the keys.
struct KeyState {
  std::size_t in_file = 0;
  std::size_t in_database = 0;  // those that were not revoked
  std::string problem;          // why the database cannot be read, and those of before still hold; empty: it can
};

void write_metrics(observe::PrometheusText& text, const KeyState& state);

}  // namespace pointsman::api
