#include "pointsman/daemon/store_paths.hpp"

#include <unistd.h>

#include <cstdlib>
#include <filesystem>

namespace pointsman::daemon {
namespace {

std::string beside(const std::string& path, const char* name) {
  return (std::filesystem::path(path).parent_path() / name).string();
}

}  // namespace

std::string default_store_path() {
  const auto variable = [](const char* name) {
    return std::string(std::getenv(name) != nullptr ? std::getenv(name) : "");
  };
  std::string directory = variable("STATE_DIRECTORY");
  if (directory.empty() && ::geteuid() == 0) directory = "/var/lib/pointsman";
  if (directory.empty() && !variable("XDG_STATE_HOME").empty()) directory = variable("XDG_STATE_HOME") + "/pointsman";
  if (directory.empty()) directory = variable("HOME") + "/.local/state/pointsman";
  return directory + "/pointsman.db";
}

std::string keys_path(const config::Settings& settings) {
  if (!settings.keys_path.empty()) return settings.keys_path;
  if (settings.store_path == ":memory:") return "";
  return beside(settings.store_path, "keys.db");
}

std::string ledger_path(const config::Settings& settings) {
  const auto& ledger = settings.ledger;
  if (!ledger.enabled) return "";
  if (!ledger.path.empty()) return ledger.path;
  if (settings.store_path == ":memory:") return "";
  return beside(settings.store_path, "ledger.db");
}

void make_directories_above(const std::string& store_path) {
  std::error_code store_will_say;
  std::filesystem::create_directories(std::filesystem::path(store_path).parent_path().parent_path(), store_will_say);
}

}  // namespace pointsman::daemon
