#pragma once

#include <cstdint>
#include <string_view>

#include "pointsman/config/settings.hpp"

// What the configuration says of how requests are sent, apart from the endpoints.
namespace pointsman::registry {

enum class Policy : std::uint8_t {
  least_loaded,  // the fewest requests for its weight
  p2c_latency,   // of two at random the one that promises its first byte sooner
  prefix_hash,   // the one that had the beginning of this conversation before
  round_robin,   // one after the other, by weight
};

Policy policy_named(std::string_view name);  // least_loaded if there is none of that name

struct Rules {
  config::Routing routing;
  config::ModelRules models;
  config::Queue queue;
};

}  // namespace pointsman::registry
