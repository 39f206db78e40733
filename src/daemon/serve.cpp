#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <iostream>

#include "pointsman/daemon/commands.hpp"
#include "pointsman/daemon/gateway.hpp"
#include "pointsman/demo/endpoint.hpp"

namespace pointsman::daemon {
namespace {

constexpr Milliseconds pause_between_words{30};
constexpr const char* demo_name = "demo";

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

// What the command line says comes before what the file says. False: it was wrong, and that was printed.
bool override_addresses(const ServeOptions& options, config::Settings& settings) {
  const auto parse = [](const char* option, const std::string& text, config::Address& address) {
    auto parsed = config::parse_address(text);
    if (!parsed) {
      std::cerr << "pointsman: " << option << ": " << parsed.error().message << "\n";
      return false;
    }
    address = *parsed;
    return true;
  };
  if (!options.listen.empty()) settings.listen.resize(1);
  return (options.listen.empty() || parse("--listen", options.listen, settings.listen.front().address)) &&
         (options.operations.empty() || parse("--operations", options.operations, settings.operations.address));
}

// The settings to run with; nothing if they are wrong, which has been printed then.
std::optional<config::Settings> settings_for(const ServeOptions& options) {
  config::Settings settings;
  if (!options.config.empty()) {
    auto loaded = config::load_file(options.config, vocabulary(), config::process_environment());
    for (const auto& problem : loaded.problems) std::cerr << config::text(problem, options.config) << "\n";
    if (!loaded.ok()) return std::nullopt;
    settings = std::move(loaded.settings);
    if (settings.store_path.empty()) settings.store_path = default_store_path();
  } else {
    // Nothing of a passing look at this machine goes into the database of the service.
    settings.store_path = ":memory:";
    settings.probe.discover = !options.demo;
    settings.log.format = "text";
  }
  if (!options.store.empty()) settings.store_path = options.store;
  if (!override_addresses(options, settings)) return std::nullopt;
  const auto& endpoints = settings.endpoints;
  const auto has_demo_name = [](const auto& each) { return each.name == demo_name; };
  if (options.demo && std::any_of(endpoints.begin(), endpoints.end(), has_demo_name)) {
    std::cerr << "pointsman: --demo needs the name 'demo' for its endpoint; give yours another one\n";
    return std::nullopt;
  }
  if (const auto refusal = config::refusal_to_start(settings); !refusal.empty()) {
    std::cerr << "pointsman: " << refusal << "\n";
    return std::nullopt;
  }
  return settings;
}

observe::Log::Options log_options(const config::Log& log) {
  observe::Log::Options options;
  options.json = log.format == "json";
  options.access = log.access;
  for (const auto level : {observe::Level::trace, observe::Level::debug, observe::Level::info, observe::Level::warning,
                           observe::Level::error}) {
    if (observe::name(level) == log.level) options.level = level;
  }
  return options;
}

// Every connection is a descriptor, and the usual soft limit of 1024 is for programs that use select().
void raise_descriptor_limit() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
}

// The signals that are for the gateway, blocked in every thread so that wait_for_end() alone gets them.
class Signals {
 public:
  Signals() {
    // OpenSSL writes without MSG_NOSIGNAL; a client that has gone must not end the process.
    std::signal(SIGPIPE, SIG_IGN);
    // A database that may not grow any more (ulimit -f) is an error like a full disk.
    std::signal(SIGXFSZ, SIG_IGN);
    sigemptyset(&signals_);
    for (const int each : {SIGINT, SIGTERM, SIGHUP}) sigaddset(&signals_, each);
    ::pthread_sigmask(SIG_BLOCK, &signals_, nullptr);
  }
  void wait_for_end(observe::Log& log) {
    int signal = 0;
    while (::sigwait(&signals_, &signal) == 0 && signal == SIGHUP) {
      log.write(observe::Level::warning,
                "SIGHUP changes nothing: this version reads its file when it starts; restart it");
    }
  }

 private:
  sigset_t signals_{};
};

}  // namespace

int serve(const ServeOptions& options) {
  auto settings = settings_for(options);
  if (!settings) return exit_usage;
  raise_descriptor_limit();
  Signals signals;

  std::optional<demo::Endpoint> demo;
  if (options.demo) {
    demo.emplace(pause_between_words);
    config::Endpoint endpoint;
    endpoint.name = demo_name;
    endpoint.url = *config::parse_url(demo->url());
    settings->endpoints.push_back(std::move(endpoint));
  }
  const SystemClock clock;
  observe::Log log(log_options(settings->log));
  Gateway gateway(*settings, clock, log);
  if (const auto started = gateway.start(); !started) {
    std::cerr << "pointsman: " << started.error().message << "\n";
    return exit_failure;
  }
  signals.wait_for_end(log);
  gateway.stop();
  return exit_ok;
}

}  // namespace pointsman::daemon
