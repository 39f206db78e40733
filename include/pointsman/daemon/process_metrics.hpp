#pragma once

#include <span>
#include <string>

#include "pointsman/net/worker.hpp"
#include "pointsman/store/writer.hpp"

namespace pointsman::daemon {

// What the process as a whole has to say in Prometheus' text format: how late its workers are (worker 0 is the control
// plane's), how many client connections they have, and how the store is.
std::string process_metrics(std::span<net::Worker* const> workers, const store::Condition& store);

}  // namespace pointsman::daemon
