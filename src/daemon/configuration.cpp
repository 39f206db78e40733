#include "pointsman/daemon/configuration.hpp"

#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>

#include "pointsman/daemon/commands.hpp"

namespace pointsman::daemon {
namespace {

// Where what was learned is kept if nobody says: systemd's StateDirectory; else the place of the system's services for
// root, and of a person's own programs (XDG Base Directory Specification) for everybody else.
std::string default_store_path() {
  const auto variable = [](const char* name) {
    return std::string(std::getenv(name) != nullptr ? std::getenv(name) : "");
  };
  std::string directory = variable("STATE_DIRECTORY");
  if (directory.empty() && ::geteuid() == 0) directory = "/var/lib/pointsman";
  if (directory.empty() && !variable("XDG_STATE_HOME").empty()) directory = variable("XDG_STATE_HOME") + "/pointsman";
  if (directory.empty()) directory = variable("HOME") + "/.local/state/pointsman";
  // The store makes the last directory; those above it are missing on a fresh account.
  std::error_code store_will_say;
  std::filesystem::create_directories(std::filesystem::path(directory).parent_path(), store_will_say);
  return directory + "/pointsman.db";
}

}  // namespace

bool Configuration::Reading::ok() const {
  return refusal.empty() && std::none_of(problems.begin(), problems.end(), [](const config::Problem& problem) {
           return problem.severity == config::Problem::Severity::error;
         });
}

Configuration::Reading Configuration::read() const {
  Reading reading;
  auto& settings = reading.settings;
  if (!options_.config.empty()) {
    auto loaded = config::load_file(options_.config, vocabulary(), config::process_environment());
    reading.problems = std::move(loaded.problems);
    if (!reading.ok()) return reading;
    settings = std::move(loaded.settings);
    if (settings.store_path.empty()) settings.store_path = default_store_path();
  } else {
    // Nothing of a passing look at this machine goes into the database of the service.
    settings.store_path = ":memory:";
    settings.probe.discover = !options_.demo;
    settings.log.format = "text";
  }
  if (!options_.store.empty()) settings.store_path = options_.store;
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
  reading.refusal = config::refusal_to_start(settings);
  if (demo_) settings.endpoints.push_back(*demo_);
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
