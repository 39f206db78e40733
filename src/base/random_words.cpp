#include "pointsman/base/random_words.hpp"

#include <random>

#include "pointsman/base/mixing.hpp"

namespace pointsman {

RandomWords::RandomWords() : state_(random_word()) {}

std::uint64_t RandomWords::next() {
  const auto word = mixed(state_);
  state_ += mixing_step;
  return word;
}

std::uint64_t random_word() {
  std::random_device device;
  return (static_cast<std::uint64_t>(device()) << 32) | device();
}

}  // namespace pointsman
