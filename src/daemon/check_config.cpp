#include <iostream>

#include "pointsman/daemon/commands.hpp"
#include "pointsman/registry/api.hpp"

namespace pointsman::daemon {

config::Vocabulary vocabulary() {
  config::Vocabulary words;
  for (const auto& row : registry::api_table) words.apis.emplace_back(row.name);
  return words;
}

int check_config(const CheckOptions& options) {
  const auto loaded = config::load_file(options.config, vocabulary(), config::process_environment());
  for (const auto& problem : loaded.problems) std::cout << config::text(problem, options.config) << "\n";
  if (!loaded.ok()) return exit_usage;
  if (const auto refusal = config::refusal_to_start(loaded.settings); !refusal.empty()) {
    std::cout << options.config << ": " << refusal << "\n";
    return exit_usage;
  }
  const auto endpoints = loaded.settings.endpoints.size();
  std::cout << options.config << ": fine; " << endpoints << (endpoints == 1 ? " endpoint\n" : " endpoints\n");
  return exit_ok;
}

}  // namespace pointsman::daemon
