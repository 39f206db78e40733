#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace pointsman::config {

// Where ${NAME} in values is looked up.
using Environment = std::function<std::optional<std::string>(const std::string& name)>;
Environment process_environment();

// A value with its variables filled in.
struct Expansion {
  std::string text;
  std::vector<std::string> complaints;  // not empty: the text is not usable
};

// Fills in every ${NAME}; `$${` stands for a plain `${`, any other dollar for itself. What is filled in is not looked
// through again.
Expansion expand(std::string_view text, const Environment& environment);

}  // namespace pointsman::config
