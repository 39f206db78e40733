#pragma once

#include "pointsman/base/clock.hpp"
#include "pointsman/config/settings.hpp"
#include "pointsman/doctor/finding.hpp"
#include "pointsman/net/task.hpp"

// Whether the collector of traces can be reached: by a connection, and TLS, alone. It is sent nothing.
namespace pointsman::doctor {

// Nothing where the settings name none.
net::Task<Diagnosis> examine_collector(config::Traces traces, Milliseconds timeout);

}  // namespace pointsman::doctor
