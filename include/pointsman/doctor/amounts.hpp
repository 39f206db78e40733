#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

// Amounts in words.
namespace pointsman::doctor {

// "1 model", "3 models".
inline std::string counted(std::size_t count, const std::string& what) {
  return std::to_string(count) + " " + what + (count == 1 ? "" : "s");
}

inline std::string mebibytes(std::uint64_t bytes) { return std::to_string(bytes >> 20) + " MiB"; }

}  // namespace pointsman::doctor
