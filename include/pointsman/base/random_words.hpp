#pragma once

#include <cstdint>

namespace pointsman {

// Makes words that do not come twice before 2^64, from a random beginning: for ids, not for secrets (SplitMix64;
// Steele, Lea, Flood 2014). Not safe from several threads.
class RandomWords {
 public:
  RandomWords();

  std::uint64_t next();

 private:
  std::uint64_t state_;
};

// One that nobody can guess.
std::uint64_t random_word();

}  // namespace pointsman
