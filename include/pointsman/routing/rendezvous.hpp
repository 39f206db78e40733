#pragma once

#include <cstdint>
#include <string_view>

// Rendezvous hashing with bounded loads: each conversation has an order of its own of all endpoints, which changes for
// few of them when an endpoint comes or goes; it goes to the first in its order that has no more than its share.
namespace pointsman::routing {

// How far an endpoint may be above the mean.
inline constexpr std::uint64_t bound_numerator = 5;
inline constexpr std::uint64_t bound_denominator = 4;

// Where an endpoint stands in the order of what has this hash: the lowest is first. One of twice the weight is first
// for twice as many.
double rendezvous_rank(std::uint64_t affinity, std::string_view endpoint, std::uint32_t weight);

// The load up to which an endpoint of this weight takes one more, where `total` requests, the new one included, are
// spread over endpoints of `total_weight`. One of them always is below it.
constexpr std::uint64_t bounded_load(std::uint64_t total, std::uint32_t weight, std::uint64_t total_weight) {
  const std::uint64_t divisor = bound_denominator * total_weight;
  return (bound_numerator * total * weight + divisor - 1) / divisor;
}

}  // namespace pointsman::routing
