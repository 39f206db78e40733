#pragma once

#include "pointsman/config/load.hpp"
#include "pointsman/daemon/options.hpp"

// What each command does; returns the exit code.
namespace pointsman::daemon {

int serve(const ServeOptions& options);
int check_config(const CheckOptions& options);
int probe_url(const ProbeOptions& options);
int diagnose(const DoctorOptions& options);
int explain(const ExplainOptions& options);
int usage(const UsageOptions& options);
int keys(const KeysOptions& options);

// The names that the file may use for APIs.
config::Vocabulary vocabulary();

// The file for commands that need no secret of it: where one is missing, something else stands for it.
config::Loaded load_without_secrets(const std::string& file);

}  // namespace pointsman::daemon
