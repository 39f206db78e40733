#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "pointsman/base/clock.hpp"
#include "pointsman/probe/observation.hpp"

namespace pointsman::traces {

// What became of a batch of spans.
struct CollectorAnswer {
  enum class Kind : std::uint8_t {
    taken,
    refused,  // for good: the same batch would be refused again
    later,    // it may be sent again
  };

  Kind kind = Kind::taken;
  std::uint64_t rejected = 0;           // of a batch that was taken
  std::optional<Milliseconds> asked{};  // for how long it asks to wait; five minutes at most
  std::string cause{};                  // for a person; empty: all is well
};

// As OTLP/HTTP says which answers are which.
CollectorAnswer judge(const probe::Observation& seen, WallTime now);

}  // namespace pointsman::traces
