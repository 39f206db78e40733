#pragma once

#include <map>
#include <string>
#include <vector>

#include "pointsman/config/load.hpp"

// How the tests of this module load a text.
namespace pointsman::config {

inline const Vocabulary& vocabulary() {
  static const Vocabulary instance{{"chat_completions", "completions", "responses", "embeddings"}};
  return instance;
}

inline Environment environment(std::map<std::string, std::string> variables) {
  return [variables = std::move(variables)](const std::string& name) -> std::optional<std::string> {
    const auto found = variables.find(name);
    return found == variables.end() ? std::nullopt : std::optional<std::string>(found->second);
  };
}

inline Loaded load(const std::string& yaml, std::map<std::string, std::string> variables = {}) {
  return load_text(yaml, vocabulary(), environment(std::move(variables)));
}

// Each problem as "LINE:COLUMN: message".
inline std::vector<std::string> problems(const Loaded& loaded) {
  std::vector<std::string> result;
  for (const auto& problem : loaded.problems) {
    const auto whole = text(problem, "f");
    result.push_back(whole.substr(whole.starts_with("f: ") ? 3 : 2));
  }
  return result;
}

}  // namespace pointsman::config
