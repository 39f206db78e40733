#include <unistd.h>

#include <iostream>

#include "pointsman/config/load.hpp"
#include "pointsman/config/stand_in.hpp"
#include "pointsman/daemon/commands.hpp"
#include "pointsman/daemon/key_warnings.hpp"
#include "pointsman/daemon/presence.hpp"
#include "pointsman/daemon/run_task.hpp"
#include "pointsman/daemon/store_paths.hpp"
#include "pointsman/doctor/amounts.hpp"
#include "pointsman/doctor/certificates.hpp"
#include "pointsman/doctor/collector.hpp"
#include "pointsman/doctor/configuration.hpp"
#include "pointsman/doctor/databases.hpp"
#include "pointsman/doctor/endpoints.hpp"
#include "pointsman/doctor/files.hpp"
#include "pointsman/doctor/listeners.hpp"
#include "pointsman/doctor/machine.hpp"
#include "pointsman/doctor/report.hpp"
#include "pointsman/probe/discovery.hpp"
#include "pointsman/store/lost_keys.hpp"

namespace pointsman::daemon {
namespace {

using doctor::Diagnosis;
using doctor::Severity;

constexpr std::chrono::seconds for_one_database{5};

void add(Diagnosis& diagnosis, Diagnosis more) {
  for (auto& each : more) diagnosis.push_back(std::move(each));
}

struct Subject {
  config::Settings settings;
  bool has_stand_ins = false;  // for what could not be read here (config/stand_in.hpp)
};

// The settings, also those of a file of which only secrets are missing here; nothing if it is wrong in another way.
std::optional<Subject> examine_configuration(const std::string& file, Diagnosis& diagnosis) {
  auto loaded = config::load_file(file, vocabulary(), config::process_environment());
  add(diagnosis, doctor::judge_problems(loaded.problems, file));
  const bool is_fine = loaded.ok();
  if (is_fine) {
    add(diagnosis, doctor::judge_problems(key_warnings(loaded, vocabulary(), SystemClock().wall()), file));
    if (const auto warning = config::warning_of_no_endpoints(loaded.settings)) {
      add(diagnosis, doctor::judge_problems({*warning}, file));
    }
    diagnosis.push_back({Severity::ok, "configuration", file,
                         "is understood; " + doctor::counted(loaded.settings.endpoints.size(), "endpoint"), ""});
  } else {
    loaded = load_without_secrets(file);
  }
  if (!loaded.ok()) {
    diagnosis.push_back({Severity::note, "configuration", file, "nothing else is looked at while it is wrong", ""});
    return std::nullopt;
  }
  add(diagnosis, doctor::examine_files(file, loaded));
  if (is_fine) add(diagnosis, doctor::examine_certificates(loaded.settings, SystemClock().wall()));
  return Subject{std::move(loaded.settings), !is_fine};
}

// What `serve` does without a file.
config::Settings settings_without_file(Diagnosis& diagnosis) {
  config::Settings settings;
  settings.store_path = ":memory:";
  settings.probe.discover = true;
  diagnosis.push_back({Severity::note, "configuration", "",
                       "no file is named, so that servers on this machine are looked for, and nothing is kept",
                       "to look at a file: pointsman doctor --config FILE"});
  return settings;
}

struct Databases {
  std::vector<doctor::DatabaseState> all;
  bool has_kept_keys = false;
};

Databases examine_databases(const Subject& subject, bool is_default_path, Diagnosis& diagnosis) {
  const auto& settings = subject.settings;
  Databases databases;
  const auto look = [&](const std::string& path, store::Holds holds) {
    if (subject.has_stand_ins && config::has_stand_in(path)) {
      diagnosis.push_back({Severity::note, "databases", "`" + store::setting(holds) + "`",
                           "is not looked at, because the environment variable " +
                               config::quote(config::unset_variable_in(path)) + " in its path is not set",
                           "mend the file first"});
      // Somebody may have made some.
      databases.has_kept_keys = databases.has_kept_keys || holds == store::Holds::keys;
      return;
    }
    auto state = doctor::examine_database(path, holds, is_default_path, for_one_database);
    if (state) databases.all.push_back(*std::move(state));
  };
  look(settings.store_path, store::Holds::learned);
  look(keys_path(settings), store::Holds::keys);
  look(ledger_path(settings), store::Holds::requests);
  for (auto& each : databases.all) {
    if (each.holds != store::Holds::keys) continue;
    each.were_seen = store::saw_keys(settings.store_path);
    // One that cannot be asked is there because there was a key.
    databases.has_kept_keys = doctor::has_lost_keys(each) || (each.exists && each.has_keys != false);
  }
  return databases;
}

// 0: none serves on that database, or it cannot be told.
pid_t process_at(const std::string& store_path) {
  const auto gateway = gateway_at(store_path);
  return gateway ? gateway->process : 0;
}

Diagnosis examine_neighbours(const config::Settings& settings) {
  const SystemClock clock;
  std::vector<std::uint16_t> ports;
  for (const auto& each : probe::well_known_ports()) ports.push_back(each.port);
  Diagnosis diagnosis;
  for (const auto& each : run(probe::discover(ports, settings.probe.timeout, clock))) {
    diagnosis.push_back(
        {Severity::ok, "endpoints", each.endpoint.name, "was found at " + each.endpoint.url.text(), ""});
  }
  if (diagnosis.empty() && settings.endpoints.empty()) {
    diagnosis.push_back({Severity::warning, "endpoints", "", "no server was found on this machine",
                         "start one (Ollama, vLLM, llama.cpp, ...), name one in a file, or try `serve --demo`"});
  }
  return diagnosis;
}

Diagnosis examine_endpoints(const config::Settings& settings) {
  Diagnosis diagnosis;
  const SystemClock clock;
  if (!settings.endpoints.empty()) {
    add(diagnosis, run(doctor::examine_endpoints(settings.endpoints, settings.probe.timeout, clock)));
  }
  if (settings.probe.discover) add(diagnosis, examine_neighbours(settings));
  return diagnosis;
}

Diagnosis examine(const DoctorOptions& options) {
  Diagnosis diagnosis;
  auto subject = options.config.empty() ? std::optional(Subject{settings_without_file(diagnosis)})
                                        : examine_configuration(options.config, diagnosis);
  if (!subject) return diagnosis;
  auto& settings = subject->settings;
  const bool is_default_path = settings.store_path.empty();
  if (is_default_path) settings.store_path = default_store_path();

  const auto listening = run(doctor::examine_listeners(settings, options.config));
  add(diagnosis, listening.diagnosis);
  const auto databases = examine_databases(*subject, is_default_path, diagnosis);
  add(diagnosis, doctor::judge_exposure(settings, options.config, databases.has_kept_keys));
  const doctor::OwnGateway gateway{listening.runs, process_at(settings.store_path)};
  for (const auto& each : databases.all) add(diagnosis, doctor::judge_database(each, gateway));
  const auto machine = doctor::examine_machine(gateway.answers ? gateway.process : 0);
  add(diagnosis, doctor::judge_machine(machine, settings.limits));
  if (options.offline) return diagnosis;
  if (subject->has_stand_ins) add(diagnosis, doctor::leave_out_unreadable(settings));
  add(diagnosis, examine_endpoints(settings));
  if (settings.traces) add(diagnosis, run(doctor::examine_collector(*settings.traces, settings.probe.timeout)));
  return diagnosis;
}

}  // namespace

int diagnose(const DoctorOptions& options) {
  const auto diagnosis = examine(options);
  const bool in_colour = doctor::wants_colour(::isatty(STDOUT_FILENO) == 1, config::process_environment());
  std::cout << (options.json ? doctor::json(diagnosis) : doctor::text(diagnosis, in_colour)) << std::flush;
  return doctor::has_errors(diagnosis) ? exit_failure : exit_ok;
}

}  // namespace pointsman::daemon
