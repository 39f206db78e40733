#pragma once

#include <string>
#include <string_view>

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

// The file for commands that need no secret of it: where one is missing, something else stands for it
// (config/stand_in.hpp).
config::Loaded load_without_secrets(const std::string& file);

// Of one of its settings that a command does need, in which a variable is missing; "" if none is. `what` it says:
// "where the ledger is"; `otherwise`: what else to do, as ", or ...".
std::string complaint_of_unset(std::string_view setting, const std::string& what, const std::string& otherwise);

}  // namespace pointsman::daemon
