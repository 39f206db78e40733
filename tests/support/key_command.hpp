#pragma once

#include <regex>
#include <stdexcept>
#include <string>
#include <vector>

#include "support/command.hpp"

namespace pointsman::test {

// The secrets in a text.
inline std::vector<std::string> tokens_in(const std::string& text) {
  static const std::regex form("pm_[0-9A-Za-z]{49}");
  std::vector<std::string> tokens;
  for (std::sregex_iterator each(text.begin(), text.end(), form), end; each != end; ++each)
    tokens.push_back(each->str());
  return tokens;
}

// `pointsman keys` on the gateway's file; `words` follow the action.
inline Ended run_keys(const std::string& action, const std::string& file, std::vector<std::string> words = {}) {
  words.insert(words.begin(), {"keys", action, "--config", file});
  return run_command(words);
}

// The secret that an action prints.
inline std::string token_from(const std::string& action, const std::string& file, std::vector<std::string> words) {
  const auto ended = run_keys(action, file, std::move(words));
  const auto tokens = tokens_in(ended.output);
  if (ended.exit_code != 0 || tokens.size() != 1) throw std::runtime_error("keys " + action + ": " + ended.output);
  return tokens.front();
}

}  // namespace pointsman::test
