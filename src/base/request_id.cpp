#include "pointsman/base/request_id.hpp"

#include <random>

namespace pointsman {
namespace {

std::uint64_t random_word() {
  std::random_device device;
  return (static_cast<std::uint64_t>(device()) << 32) | device();
}

// SplitMix64 (Steele, Lea, Flood 2014): a permutation of the counter, so no value comes twice before 2^64.
std::uint64_t scatter(std::uint64_t counter) {
  std::uint64_t z = counter * 0x9e3779b97f4a7c15ULL;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
  return z ^ (z >> 31);
}

}  // namespace

RequestIds::RequestIds() : origin_(random_word()), state_(random_word()) {}

RequestIds::Id RequestIds::next() {
  static constexpr char digits[] = "0123456789abcdef";
  Id id;
  char* out = id.text_.data();
  for (const char c : {'r', 'e', 'q', '_'}) *out++ = c;
  for (const std::uint64_t word : {origin_, scatter(++state_)}) {
    for (int shift = 60; shift >= 0; shift -= 4) *out++ = digits[(word >> shift) & 15];
  }
  return id;
}

}  // namespace pointsman
