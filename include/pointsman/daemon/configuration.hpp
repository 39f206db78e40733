#pragma once

#include <optional>
#include <string>
#include <vector>

#include "pointsman/config/problem.hpp"
#include "pointsman/config/settings.hpp"
#include "pointsman/daemon/file_watch.hpp"
#include "pointsman/daemon/handed_sockets.hpp"
#include "pointsman/daemon/options.hpp"

namespace pointsman::daemon {

// Where the settings come from, at the start and at each reload: the file, over which the command line wins; the
// sockets that were handed in, which are where they are; and the demo endpoint, if there is to be one.
class Configuration {
 public:
  // What was read; the settings are usable only if nothing is wrong. Whether there are keys enough for its listeners is
  // for whoever knows the keys of the database (config::refusal_to_start).
  struct Reading {
    config::Settings settings;
    std::vector<config::Problem> problems;  // of the file
    std::vector<std::string> files;         // that it names
    bool is_missing = false;                // there is no file
    std::string refusal;                    // what else is wrong; empty: nothing
    bool ok() const;
  };

  // All of them outlive it.
  Configuration(const ServeOptions& options, const HandedSockets& handed) : options_(options), handed_(handed) {}

  // Added to what is read from now on.
  void add(config::Endpoint demo) { demo_ = std::move(demo); }

  Reading read() const;
  // The same, so that no later change of the files that it names is missed.
  Reading read(FileWatch& watch) const;

  const std::string& file() const { return options_.config; }  // empty: there is none

 private:
  std::string override_addresses(config::Settings& settings) const;

  const ServeOptions& options_;
  const HandedSockets& handed_;
  std::optional<config::Endpoint> demo_;
};

inline constexpr const char* demo_name = "demo";

}  // namespace pointsman::daemon
