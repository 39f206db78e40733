#pragma once

#include <string>
#include <vector>

#include "pointsman/config/settings.hpp"

// What a reload changes.
namespace pointsman::daemon {

struct Changes {
  // Endpoints, by name.
  std::vector<std::string> added;
  std::vector<std::string> removed;
  std::vector<std::string> changed;
  // Other parts of the file, as it calls them.
  std::vector<std::string> sections;
  std::vector<std::string> at_next_start;  // these cannot change while the gateway runs

  bool none() const { return added.empty() && removed.empty() && changed.empty() && sections.empty(); }
};

Changes changes(const config::Settings& running, const config::Settings& wanted);

// What is wanted, but with what cannot change as it is.
config::Settings applicable(const config::Settings& running, config::Settings wanted);

}  // namespace pointsman::daemon
