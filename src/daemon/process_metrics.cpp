#include "pointsman/daemon/process_metrics.hpp"

#include <sys/resource.h>
#include <unistd.h>

#include <fstream>

namespace pointsman::daemon {
namespace {

std::chrono::microseconds microseconds(const timeval& time) {
  return std::chrono::seconds(time.tv_sec) + std::chrono::microseconds(time.tv_usec);
}

// 0: the kernel does not say (proc(5), statm).
std::uint64_t resident_bytes() {
  std::ifstream statm("/proc/self/statm");
  std::uint64_t size = 0;
  std::uint64_t resident = 0;
  return statm >> size >> resident ? resident * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE)) : 0;
}

}  // namespace

void write_process_metrics(observe::PrometheusText& text, std::span<net::Worker* const> workers,
                           std::uint64_t accept_failures, const net::HandshakeFailures& handshakes,
                           const net::Budget& budget, const store::Condition& store, const store::Condition& ledger) {
  text.metric("pointsman_event_loop_lag_seconds", "gauge",
              "How long what is ready waits for its turn, smoothed; worker 0 is the control plane.");
  for (auto* worker : workers) {
    text.sample({{"worker", std::to_string(worker->number())}}, worker->lag().smoothed());
  }
  text.metric("pointsman_connections", "gauge", "Open connections of clients.");
  for (auto* worker : workers) {
    text.sample({{"worker", std::to_string(worker->number())}}, std::uint64_t{worker->connections().load()});
  }
  text.metric("pointsman_accept_failures_total", "counter",
              "Times that a listener could not accept a connection, as without descriptors.");
  text.sample({}, accept_failures);
  text.metric("pointsman_tls_handshakes_failed_total", "counter", "TLS handshakes of clients that came to nothing.");
  for (std::size_t kind = 0; kind < net::kinds_of_handshake_failures; ++kind) {
    const auto failure = static_cast<net::HandshakeFailure>(kind);
    text.sample({{"reason", std::string(net::name(failure))}}, handshakes.count(failure));
  }
  text.metric("pointsman_store_failing", "gauge", "1 while the database refuses what is to be kept.");
  text.sample({}, std::uint64_t{store.is_failing});
  text.metric("pointsman_store_failures_total", "counter", "Attempts to write or read the database that failed.");
  text.sample({}, store.failures);
  text.metric("pointsman_store_dropped_total", "counter", "Changes that could not be kept.");
  text.sample({}, store.dropped);
  text.metric("pointsman_ledger_failing", "gauge", "1 while the ledger refuses what requests took.");
  text.sample({}, std::uint64_t{ledger.is_failing});
  text.metric("pointsman_ledger_dropped_total", "counter", "Requests that the ledger could not keep.");
  text.sample({}, ledger.dropped);
  text.metric("pointsman_buffered_bytes", "gauge", "Bytes of bodies that all connections together hold.");
  text.sample({}, std::uint64_t{budget.used()});
  text.metric("pointsman_buffered_limit_bytes", "gauge", "How many they may hold: limits.buffered.");
  text.sample({}, std::uint64_t{budget.limit()});
}

void write_log_metrics(observe::PrometheusText& text, const observe::Log& log, const observe::Log& access_log) {
  text.metric("pointsman_log_failing", "gauge", "1 while lines do not come where they belong, by which they are.");
  text.sample({{"log", "messages"}}, std::uint64_t{!log.trouble().empty()});
  text.sample({{"log", "access"}}, std::uint64_t{!access_log.trouble().empty()});
}

void write_build_metrics(observe::PrometheusText& text, WallTime started) {
  text.metric("pointsman_build_info", "info", "The version that runs; always 1.");
  text.sample({{"version", POINTSMAN_VERSION}}, std::uint64_t{1});
  text.metric("process_start_time_seconds", "gauge", "When the process began, in seconds since 1970.");
  text.sample({}, std::chrono::microseconds(started.time_since_epoch()));
  rusage used{};
  ::getrusage(RUSAGE_SELF, &used);
  text.metric("process_cpu_seconds_total", "counter", "Time that the process took of all processors.");
  text.sample({}, microseconds(used.ru_utime) + microseconds(used.ru_stime));
  text.metric("process_resident_memory_bytes", "gauge", "Memory that the process holds.");
  text.sample({}, resident_bytes());
}

}  // namespace pointsman::daemon
