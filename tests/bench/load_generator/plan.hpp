#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <vector>

namespace pointsman::bench {

// What to do, as the command line says it.
struct Plan {
  std::uint16_t port = 0;
  std::string model;
  std::size_t connections = 1;
  double rate = 0;  // requests/s of an open loop
  std::uint64_t requests = std::numeric_limits<std::uint64_t>::max();
  double warm_up = 1;  // seconds that do not count
  double seconds = 1;
  std::vector<int> observed;  // processes whose CPU time is wanted
};

}  // namespace pointsman::bench
