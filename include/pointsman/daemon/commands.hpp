#pragma once

#include "pointsman/config/load.hpp"
#include "pointsman/daemon/options.hpp"

// What each command does; returns the exit code.
namespace pointsman::daemon {

int serve(const ServeOptions& options);
int check_config(const CheckOptions& options);
int probe_url(const ProbeOptions& options);
int explain(const ExplainOptions& options);

// The names that the file may use for APIs.
config::Vocabulary vocabulary();

}  // namespace pointsman::daemon
