#pragma once

#include <cstdint>
#include <span>

#include "pointsman/base/clock.hpp"
#include "pointsman/net/budget.hpp"
#include "pointsman/net/handshake_failures.hpp"
#include "pointsman/net/worker.hpp"
#include "pointsman/observe/log.hpp"
#include "pointsman/observe/prometheus_text.hpp"
#include "pointsman/store/writer.hpp"

namespace pointsman::daemon {

// What the process as a whole has to say: how late its workers are (worker 0 is the control plane's), how many client
// connections they have and how many could not be accepted or spoke no TLS that we do, what it holds of bodies, and how
// the store and the ledger are.
void write_process_metrics(observe::PrometheusText& text, std::span<net::Worker* const> workers,
                           std::uint64_t accept_failures, const net::HandshakeFailures& handshakes,
                           const net::Budget& budget, const store::Condition& store, const store::Condition& ledger);

// Whether their lines come where they belong; they may be one.
void write_log_metrics(observe::PrometheusText& text, const observe::Log& log, const observe::Log& access_log);

// Which build it is, since when it runs, and what it takes of the machine.
void write_build_metrics(observe::PrometheusText& text, WallTime started);

}  // namespace pointsman::daemon
