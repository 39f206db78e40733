#include "pointsman/doctor/configuration.hpp"

#include <algorithm>

#include "pointsman/config/stand_in.hpp"

namespace pointsman::doctor {
namespace {

constexpr const char* subject = "configuration";

std::string place_of(const config::Problem& problem, const std::string& file) {
  if (problem.line == 0) return file;
  return file + ":" + std::to_string(problem.line) + ":" + std::to_string(problem.column);
}

bool says(const std::string& message, std::string_view words) { return message.find(words) != std::string::npos; }

std::string advice_for(const std::string& message, const std::string& file) {
  if (says(message, "`CREDENTIALS_DIRECTORY`")) {
    return "systemd sets it for the service that has credentials (LoadCredential=NAME:FILE); to look as that service: "
           "systemd-run --pipe --wait -p LoadCredential=NAME:FILE pointsman doctor --config " +
           file;
  }
  if (says(message, "needs the environment variable")) {
    return "set it as the gateway's service does (Environment= or EnvironmentFile= of the unit, `systemctl cat "
           "pointsman`), or name a file that holds the key: `key_file`, `api_key_file`";
  }
  return "";
}

bool is_unreadable(const config::Url& url) {
  return config::has_stand_in(url.host) || config::has_stand_in(url.base_path) || config::has_stand_in(url.unix_path);
}

Finding left_out(const std::string& whose, const std::string& where) {
  return {Severity::note, whose, where, "is not asked, because its URL or its key could not be read",
          "mend the file first, and ask again"};
}

}  // namespace

Diagnosis judge_problems(const std::vector<config::Problem>& problems, const std::string& file) {
  Diagnosis diagnosis;
  for (const auto& problem : problems) {
    const bool is_error = problem.severity == config::Problem::Severity::error;
    diagnosis.push_back({is_error ? Severity::error : Severity::warning, subject, place_of(problem, file),
                         problem.message, advice_for(problem.message, file)});
  }
  return diagnosis;
}

Diagnosis leave_out_unreadable(config::Settings& settings) {
  Diagnosis diagnosis;
  std::erase_if(settings.endpoints, [&](const config::Endpoint& endpoint) {
    const bool is_out = is_unreadable(endpoint.url) || config::has_stand_in(endpoint.api_key.reveal());
    if (is_out) diagnosis.push_back(left_out("endpoints", endpoint.name));
    return is_out;
  });
  // Its headers are not needed for what is asked of it.
  if (settings.traces && settings.traces->collector && is_unreadable(*settings.traces->collector)) {
    diagnosis.push_back(left_out("traces", "`traces.collector`"));
    settings.traces->collector.reset();
  }
  return diagnosis;
}

}  // namespace pointsman::doctor
