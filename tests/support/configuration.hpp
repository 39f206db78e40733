#pragma once

#include <string>
#include <string_view>

// Pieces of the gateway's file.
namespace pointsman::test {

// An entry of `endpoints`; `more` is what follows its name and URL: "weight: 2, priority: 1".
inline std::string endpoint(std::string_view name, std::string_view url, std::string_view more = "") {
  return "  - {name: " + std::string(name) + ", url: \"" + std::string(url) + "\"" + (more.empty() ? "" : ", ") +
         std::string(more) + "}\n";
}

}  // namespace pointsman::test
