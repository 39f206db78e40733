#include <sys/resource.h>

#include <iostream>
#include <optional>

#include "pointsman/daemon/commands.hpp"
#include "pointsman/daemon/configuration.hpp"
#include "pointsman/daemon/file_watch.hpp"
#include "pointsman/daemon/gateway.hpp"
#include "pointsman/daemon/handed_sockets.hpp"
#include "pointsman/daemon/life_signs.hpp"
#include "pointsman/daemon/supervisor.hpp"
#include "pointsman/demo/endpoint.hpp"

namespace pointsman::daemon {
namespace {

constexpr Milliseconds pause_between_words{30};

// The settings to start with; nothing if they are wrong, which has been printed then.
std::optional<config::Settings> settings_of(const Configuration& configuration) {
  auto reading = configuration.read();
  for (const auto& problem : reading.problems) std::cerr << config::text(problem, configuration.file()) << "\n";
  if (!reading.refusal.empty()) std::cerr << "pointsman: " << reading.refusal << "\n";
  if (!reading.ok()) return std::nullopt;
  return std::move(reading.settings);
}

observe::Log::Options log_options(const config::Log& log) {
  observe::Log::Options options;
  options.json = log.format == "json";
  options.access = log.access;
  options.level = observe::level_named(log.level);
  return options;
}

// Every connection is a descriptor, and the usual soft limit of 1024 is for programs that use select().
void raise_descriptor_limit() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
}

}  // namespace

int serve(const ServeOptions& options) {
  LifeSigns life_signs;
  const auto handed = HandedSockets::take();
  if (!handed) {
    std::cerr << "pointsman: " << handed.error().message << "\n";
    return exit_failure;
  }
  // Before it is read, so that no change is missed.
  FileWatch file(options.config);
  Configuration configuration(options, *handed);
  auto settings = settings_of(configuration);
  if (!settings) return exit_usage;
  raise_descriptor_limit();
  Signals signals;

  std::optional<demo::Endpoint> demo;
  if (options.demo) {
    demo.emplace(pause_between_words);
    config::Endpoint endpoint;
    endpoint.name = demo_name;
    endpoint.url = *config::parse_url(demo->url());
    settings->endpoints.push_back(endpoint);
    configuration.add(std::move(endpoint));
  }
  const SystemClock clock;
  observe::Log log(log_options(settings->log));
  Gateway gateway(*settings, clock, log, *handed);
  if (const auto started = gateway.start(); !started) {
    std::cerr << "pointsman: " << started.error().message << "\n";
    return exit_failure;
  }
  Supervisor supervisor(gateway, signals, configuration, file, *std::move(settings), life_signs, clock, log);
  supervisor.run();
  gateway.stop();
  return exit_ok;
}

}  // namespace pointsman::daemon
