#pragma once

#include <cstdint>

namespace pointsman {

inline constexpr std::uint64_t mixing_step = 0x9e3779b97f4a7c15;

// Spreads what is in a word over all its bits (the finisher of SplitMix64).
constexpr std::uint64_t mixed(std::uint64_t word) {
  word += mixing_step;
  word = (word ^ (word >> 30)) * 0xbf58476d1ce4e5b9;
  word = (word ^ (word >> 27)) * 0x94d049bb133111eb;
  return word ^ (word >> 31);
}

}  // namespace pointsman
