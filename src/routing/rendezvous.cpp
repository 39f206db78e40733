#include "pointsman/routing/rendezvous.hpp"

#include <cmath>
#include <functional>

#include "pointsman/base/mixing.hpp"

namespace pointsman::routing {

double rendezvous_rank(std::uint64_t affinity, std::string_view endpoint, std::uint32_t weight) {
  const std::uint64_t hash = mixed(affinity ^ mixed(std::hash<std::string_view>()(endpoint)));
  // From 0 to 1, without either. Such a number's logarithm is how long an event of this rate lets one wait.
  const double share = (static_cast<double>(hash >> 11) + 0.5) * 0x1p-53;
  return -std::log(share) / weight;
}

}  // namespace pointsman::routing
