#pragma once

#include <atomic>
#include <cstdint>

// Whose turn it is where endpoints take turns by weight (stride scheduling): each has a position, goes on from it by a
// stride that is the shorter the more it weighs, and who is behind all others is next.
namespace pointsman::routing {

// Strides of weights up to 1000 differ by enough, and positions last for 10^12 requests.
inline constexpr std::uint64_t stride_of_weight_one = 1u << 24;

constexpr std::uint64_t stride(std::uint32_t weight) { return stride_of_weight_one / weight; }

// Where it stands in the order: in the middle of its next stride, so that the turns of a heavy one lie between those of
// the others and not in a row.
constexpr std::uint64_t order_of(std::uint64_t position, std::uint32_t weight) { return position + stride(weight) / 2; }

// The position after a turn that began at `position`. Whoever was away comes back behind all others, and would have
// every turn for a while: it begins where those who have waited longest stand. `furthest`: of those that take part.
constexpr std::uint64_t after_turn(std::uint64_t position, std::uint32_t weight, std::uint64_t furthest) {
  const std::uint64_t earliest = furthest > stride_of_weight_one ? furthest - stride_of_weight_one : 0;
  return (position > earliest ? position : earliest) + stride(weight);
}

// A turn as it was found: taken if nobody else took it meanwhile.
struct Turn {
  std::uint64_t from = 0;
  std::uint64_t to = 0;

  bool take(std::atomic<std::uint64_t>& position) const {
    std::uint64_t expected = from;
    return position.compare_exchange_strong(expected, to, std::memory_order_relaxed);
  }
};

}  // namespace pointsman::routing
