#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "pointsman/ownership/owner.hpp"
#include "pointsman/registry/snapshot.hpp"

namespace pointsman::proxy {

// Where something is that a request names by its id, as far as the client who asks may know.
struct Residence {
  enum class Kind : std::uint8_t {
    unknown,  // nobody saw it being made
    foreign,  // it was made for another key
    gone,     // its endpoint is not in the configuration any more
    at,       // an endpoint keeps it
  };
  Kind kind = Kind::unknown;
  std::uint32_t endpoint = 0;  // index into Snapshot::endpoints, if `at`

  bool operator==(const Residence&) const = default;
};

// `key` is the name of the client's key; empty: the gateway is open.
Residence residence_of(const std::optional<ownership::Owner>& owner, std::string_view key,
                       const registry::Snapshot& snapshot);

}  // namespace pointsman::proxy
