#include <sys/resource.h>

#include <iostream>
#include <optional>

#include "pointsman/config/refusal.hpp"
#include "pointsman/daemon/commands.hpp"
#include "pointsman/daemon/configuration.hpp"
#include "pointsman/daemon/file_watch.hpp"
#include "pointsman/daemon/gateway.hpp"
#include "pointsman/daemon/handed_sockets.hpp"
#include "pointsman/daemon/key_watch.hpp"
#include "pointsman/daemon/life_signs.hpp"
#include "pointsman/daemon/presence.hpp"
#include "pointsman/daemon/supervisor.hpp"
#include "pointsman/demo/endpoint.hpp"

namespace pointsman::daemon {
namespace {

constexpr Milliseconds pause_between_words{30};

// The settings to start with; nothing if they are wrong, which has been printed then.
std::optional<config::Settings> settings_of(const Configuration& configuration, FileWatch& file) {
  auto reading = configuration.read(file);
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
  options.file = log.file;
  options.access_sample = log.access_sample;
  return options;
}

// Where access lines have a place or a form of their own.
std::optional<observe::Log::Options> access_log_options(const config::Log& log) {
  const bool is_apart = !log.access_file.empty() || (!log.access_format.empty() && log.access_format != log.format);
  if (!log.access || !is_apart) return std::nullopt;
  auto options = log_options(log);
  if (!log.access_file.empty()) options.file = log.access_file;
  if (!log.access_format.empty()) options.json = log.access_format == "json";
  return options;
}

// False: one of them cannot be written, which has been printed then.
bool can_write_logs(const config::Log& log) {
  for (const auto& file : {log.file, log.access_file}) {
    if (file.empty()) continue;
    const auto tried = observe::try_log_file(file);
    if (tried) continue;
    std::cerr << "pointsman: " << tried.error().message << "\n";
    return false;
  }
  return true;
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
  auto settings = settings_of(configuration, file);
  if (!settings) return exit_usage;
  KeyWatch keys(settings->keys_path);
  if (const auto opened = keys.open(); !opened) {
    std::cerr << "pointsman: " << opened.error().message << "\n";
    return exit_failure;
  }
  if (const auto refusal = config::refusal_to_start(*settings, !keys.keys().empty()); !refusal.empty()) {
    std::cerr << "pointsman: " << refusal << "\n";
    return exit_usage;
  }
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
  if (!can_write_logs(settings->log)) return exit_failure;
  observe::Log log(log_options(settings->log));
  std::optional<observe::Log> apart;
  if (const auto own = access_log_options(settings->log)) apart.emplace(*own);
  Gateway gateway(*settings, clock, log, apart ? *apart : log, *handed);
  gateway.use(keys.keys());
  if (options.forget_keys) gateway.forget_keys();
  if (const auto started = gateway.start(); !started) {
    std::cerr << "pointsman: " << started.error().message << "\n";
    return exit_failure;
  }
  Presence presence(settings->store_path);
  Supervisor supervisor(gateway, signals, configuration, file, keys, presence, *std::move(settings), life_signs, clock,
                        log);
  supervisor.run();
  gateway.stop();
  return exit_ok;
}

}  // namespace pointsman::daemon
