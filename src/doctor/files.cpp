#include "pointsman/doctor/files.hpp"

#include <sys/stat.h>

#include <cstring>
#include <map>

#include "pointsman/config/certificate.hpp"
#include "pointsman/config/file.hpp"
#include "pointsman/observe/log_file_error.hpp"

namespace pointsman::doctor {
namespace {

constexpr const char* subject = "files";

// Whether an item of a list has a value there that is not filled in from somewhere else.
bool any_says(const config::Node* list, std::string_view key) {
  if (list == nullptr) return false;
  for (const auto& item : list->items) {
    const auto* value = item.find(key);
    if (value != nullptr && !value->text.empty() && value->text.find("${") == std::string::npos) return true;
  }
  return false;
}

// With what each holds. Of those for TLS only a look tells: certificate and key may stand in one file, or be swapped.
std::map<std::string, FileHolds> files_named(const config::Loaded& loaded) {
  std::map<std::string, FileHolds> files;
  for (const auto& path : loaded.files) files[path] = FileHolds::secrets;
  const auto look = [&](const std::string& path) {
    if (!path.empty()) files[path] = config::holds_private_key(path) ? FileHolds::secrets : FileHolds::settings;
  };
  const auto look_at_both = [&](const std::optional<config::CertificateFiles>& pair) {
    if (!pair) return;
    look(pair->certificate);
    look(pair->key);
  };
  for (const auto& endpoint : loaded.settings.endpoints) {
    look(endpoint.tls.ca);
    look_at_both(endpoint.tls.certificate);
  }
  for (const auto& listener : loaded.settings.listen) look_at_both(listener.tls);
  look_at_both(loaded.settings.operations.tls);
  if (loaded.settings.traces) look(loaded.settings.traces->ca_file);
  return files;
}

// As the gateway finds it at its start.
void examine_log(const std::string& path, const std::string& setting, Diagnosis& diagnosis) {
  if (path.empty()) return;
  const int error = observe::log_file_error(path);
  if (error == 0) return;
  diagnosis.push_back(
      {Severity::error, subject, path, std::string("the log cannot be written: ") + std::strerror(error),
       "make its directory, for the user that runs pointsman, or name another file as `" + setting + "`"});
}

}  // namespace

Diagnosis judge_rights(const std::string& path, mode_t mode, FileHolds holds) {
  Diagnosis diagnosis;
  if ((mode & S_IWOTH) != 0) {
    diagnosis.push_back({Severity::error, subject, path, "everybody on this machine may change it",
                         "take that right away: chmod o-w " + path});
  }
  if (holds != FileHolds::settings && (mode & S_IROTH) != 0) {
    const bool is_whole = holds == FileHolds::secrets;
    diagnosis.push_back({Severity::warning, subject, path,
                         std::string("everybody on this machine may read ") +
                             (is_whole ? "the key in it" : "it, and it says keys in words"),
                         "let the user that runs pointsman read it alone: chmod o-r " + path +
                             (is_whole ? "" : "; or name variables or files in place of the keys")});
  }
  return diagnosis;
}

bool says_secrets(const config::Node& root) {
  const auto* access = root.find("access");
  return any_says(root.find("endpoints"), "api_key") || (access != nullptr && any_says(access->find("keys"), "key"));
}

Diagnosis examine_files(const std::string& file, const config::Loaded& loaded) {
  Diagnosis diagnosis;
  std::size_t looked_at = 0;
  const auto examine = [&](const std::string& path, FileHolds holds) {
    struct stat status{};
    if (::stat(path.c_str(), &status) != 0 || !S_ISREG(status.st_mode)) return;
    ++looked_at;
    for (auto& each : judge_rights(path, status.st_mode, holds)) diagnosis.push_back(std::move(each));
  };
  if (const auto yaml = config::read_file(file, config::largest_file)) {
    const bool has_secrets = says_secrets(config::read_document(*yaml).root);
    examine(file, has_secrets ? FileHolds::settings_and_secrets : FileHolds::settings);
  }
  for (const auto& [path, holds] : files_named(loaded)) examine(path, holds);
  const auto& log = loaded.settings.log;
  examine_log(log.file, "log.file", diagnosis);
  if (log.access_file != log.file) examine_log(log.access_file, "log.access.file", diagnosis);
  if (diagnosis.empty() && looked_at > 0) {
    diagnosis.push_back({Severity::ok, subject, file,
                         looked_at == 1 ? "nobody may change it who should not"
                                        : "nobody may change it and what it names, or read a key, who should not"});
  }
  return diagnosis;
}

}  // namespace pointsman::doctor
