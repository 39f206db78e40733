#include <iostream>

#include "pointsman/config/stand_in.hpp"
#include "pointsman/daemon/commands.hpp"
#include "pointsman/daemon/grants.hpp"
#include "pointsman/daemon/key_warnings.hpp"
#include "pointsman/daemon/store_paths.hpp"
#include "pointsman/doctor/amounts.hpp"
#include "pointsman/registry/api.hpp"

namespace pointsman::daemon {

config::Vocabulary vocabulary() {
  config::Vocabulary words;
  for (const auto& row : registry::api_table) words.apis.emplace_back(row.name);
  return words;
}

// The gateway's keys are in its own environment and files, and not in those of the person who asks, who does not need
// them.
config::Loaded load_without_secrets(const std::string& file) {
  auto words = vocabulary();
  words.reads_named_files = false;
  return config::load_file(file, words, [](const std::string& name) -> std::optional<std::string> {
    auto value = config::process_environment()(name);
    return value ? std::move(value) : config::stand_in_for_variable(name);
  });
}

std::string complaint_of_unset(std::string_view setting, const std::string& what, const std::string& otherwise) {
  const auto variable = config::unset_variable_in(setting);
  if (variable.empty()) return "";
  return what + " depends on the environment variable " + config::quote(variable) +
         ", which is not set here. Set it as the gateway's service does" + otherwise + ".";
}

int check_config(const CheckOptions& options) {
  const auto loaded = config::load_file(options.config, vocabulary(), config::process_environment());
  for (const auto& problem : loaded.problems) std::cout << config::text(problem, options.config) << "\n";
  if (!loaded.ok()) return exit_usage;
  auto settings = loaded.settings;
  if (settings.store_path.empty()) settings.store_path = default_store_path();
  if (const auto refusal = refusal_with_kept_keys(settings); !refusal.empty()) {
    std::cout << options.config << ": " << refusal << "\n";
    return exit_usage;
  }
  for (const auto& warning : key_warnings(loaded, vocabulary(), SystemClock().wall())) {
    std::cout << config::text(warning, options.config) << "\n";
  }
  if (const auto warning = config::warning_of_no_endpoints(loaded.settings)) {
    std::cout << config::text(*warning, options.config) << "\n";
  }
  std::cout << options.config << ": fine; " << doctor::counted(loaded.settings.endpoints.size(), "endpoint") << "\n";
  return exit_ok;
}

}  // namespace pointsman::daemon
