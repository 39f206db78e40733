#include "pointsman/daemon/configuration.hpp"

#include <algorithm>

#include "pointsman/daemon/commands.hpp"
#include "pointsman/daemon/store_paths.hpp"
#include "pointsman/demo/answer.hpp"

namespace pointsman::daemon {
bool Configuration::Reading::ok() const {
  return refusal.empty() && std::none_of(problems.begin(), problems.end(), [](const config::Problem& problem) {
           return problem.severity == config::Problem::Severity::error;
         });
}

Configuration::Reading Configuration::read() const {
  Reading reading;
  auto& settings = reading.settings;
  if (!options_.config.empty()) {
    auto words = vocabulary();
    if (options_.demo) words.models.emplace_back(demo::model_id);
    auto loaded = config::load_file(options_.config, words, config::process_environment());
    reading.problems = std::move(loaded.problems);
    reading.files = std::move(loaded.files);
    reading.is_missing = loaded.is_missing;
    if (!reading.ok()) return reading;
    settings = std::move(loaded.settings);
    if (auto warning = config::warning_of_no_endpoints(settings); warning && !options_.demo) {
      reading.problems.push_back(std::move(*warning));
    }
    if (settings.store_path.empty()) {
      settings.store_path = default_store_path();
      make_directories_above(settings.store_path);
    }
  } else {
    // Nothing of a passing look at this machine goes into the database of the service.
    settings.store_path = ":memory:";
    settings.probe.discover = !options_.demo;
    settings.log.format = "text";
  }
  if (!options_.store.empty()) settings.store_path = options_.store;
  settings.keys_path = keys_path(settings);
  reading.refusal = override_addresses(settings);
  if (!reading.ok()) return reading;
  if (const auto placed = handed_.place(settings); !placed) {
    reading.refusal = placed.error().message;
    return reading;
  }
  const auto has_demo_name = [](const auto& each) { return each.name == demo_name; };
  if (options_.demo && std::any_of(settings.endpoints.begin(), settings.endpoints.end(), has_demo_name)) {
    reading.refusal = "--demo needs the name 'demo' for its endpoint; give yours another one";
    return reading;
  }
  if (demo_) settings.endpoints.push_back(*demo_);
  return reading;
}

Configuration::Reading Configuration::read(FileWatch& watch) const {
  auto reading = read();
  if (watch.also(reading.files)) reading = read();
  return reading;
}

// What the command line says comes before what the file says. Returns what is wrong with it.
std::string Configuration::override_addresses(config::Settings& settings) const {
  std::string wrong;
  const auto parse = [&](const char* option, const std::string& text, config::Address& address) {
    if (text.empty()) return;
    const auto parsed = config::parse_address(text);
    if (parsed) {
      address = *parsed;
    } else if (wrong.empty()) {
      wrong = std::string(option) + ": " + parsed.error().message;
    }
  };
  if (!options_.listen.empty()) settings.listen.resize(1);
  parse("--listen", options_.listen, settings.listen.front().address);
  parse("--operations", options_.operations, settings.operations.address);
  return wrong;
}

}  // namespace pointsman::daemon
