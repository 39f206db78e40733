#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace pointsman::registry {

// Numbers for the names of endpoints and models, so that who counts by them compares numbers. A name keeps its number
// until the process ends, whether it is still there or not. Bounded: the names that come when it is full are one, which
// is called "other". Lives where the snapshots are built.
class KnownNames {
 public:
  static constexpr std::uint32_t none = 0;   // the empty name
  static constexpr std::uint32_t other = 1;  // of all that found no room
  static constexpr std::size_t most = 20'000;

  std::uint32_t number(std::string_view name) {
    if (name.empty()) return none;
    const auto found = numbers_.find(std::string(name));
    if (found != numbers_.end()) return found->second;
    if (names_.size() == most) return other;
    names_.emplace_back(name);
    const auto number = static_cast<std::uint32_t>(names_.size() - 1);
    numbers_.emplace(name, number);
    return number;
  }

  std::string_view name(std::uint32_t number) const { return number < names_.size() ? names_[number] : names_[other]; }

 private:
  std::vector<std::string> names_{"", "other"};
  // Who is called "other" is counted with them: two series of one name would be no metrics any more.
  std::unordered_map<std::string, std::uint32_t> numbers_{{"other", other}};
};

}  // namespace pointsman::registry
