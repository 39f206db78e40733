#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "pointsman/base/error.hpp"
#include "pointsman/config/settings.hpp"
#include "pointsman/net/worker.hpp"
#include "pointsman/observe/log.hpp"
#include "pointsman/observe/prometheus_text.hpp"
#include "pointsman/probe/client.hpp"
#include "pointsman/traces/backlog.hpp"
#include "pointsman/traces/collector_answer.hpp"

namespace pointsman::traces {

// Tells a collector of the spans in a backlog: OTLP over HTTP, one request at a time, every second or when many wait.
// What it does not take now is sent again, for as long as the backlog has room; what it refuses for good is lost. Lives
// on the control plane's worker; the log says once when it begins to fail, and once when that is over.
class Exporter {
 public:
  static constexpr Milliseconds interval{1'000};
  static constexpr Milliseconds patience{10'000};  // with one request
  static constexpr Milliseconds first_pause{1'000};
  static constexpr Milliseconds longest_pause{30'000};

  // The settings name a collector. The error says what is wrong with its authorities.
  static Result<std::unique_ptr<Exporter>> create(const config::Traces& settings, Backlog& backlog, const Clock& clock,
                                                  observe::Log& log);

  // Each tick of the worker, which runs what this begins.
  void tick(net::Worker& worker);

  // The end comes in two steps, on another thread than the worker's, and each of them blocks for so long at most.
  // Before the worker stops: begins nothing more, and waits for the answer to what is on its way, lest it be told
  // twice.
  void finish(Milliseconds at_most);
  // After it has stopped: sends what waits, as far as that goes without looking the collector's name up anew. Nothing
  // more to a collector that finish() waited for in vain.
  void flush(Milliseconds at_most);

  // Those of the whole process; from any thread.
  std::uint64_t exported() const { return exported_; }
  std::uint64_t dropped() const { return dropped_; }  // without what the backlog had no room for
  std::uint64_t failures() const { return failures_; }

 private:
  using Deadline = std::chrono::steady_clock::time_point;

  Exporter(const config::Traces& settings, probe::Target target, Backlog& backlog, const Clock& clock,
           observe::Log& log);

  net::Task<> send_all();
  net::Task<> send_what_waits();
  net::Task<> send_all_until(Deadline deadline);
  net::Task<bool> send(Deadline deadline);
  bool settle(const CollectorAnswer& answer);
  void note_failure(std::string_view what_follows, const std::string& cause);
  void note_success();

  const config::Traces settings_;
  const std::string instance_;
  probe::Target target_;
  std::vector<net::PeerAddress> addresses_;  // where it was last
  Backlog& backlog_;
  const Clock& clock_;
  observe::Log& log_;

  std::vector<Span> sending_;
  std::atomic<bool> is_ending_{false};
  std::mutex mutex_;
  bool is_busy_ = false;  // with the mutex
  std::condition_variable is_idle_;
  MonotonicTime next_{};  // not before
  MonotonicTime last_{};  // when it began last
  Milliseconds pause_ = first_pause;
  bool is_failing_ = false;
  std::uint64_t failures_told_ = 0;
  std::uint64_t lost_told_ = 0;
  std::atomic<std::uint64_t> exported_{0};
  std::atomic<std::uint64_t> dropped_{0};
  std::atomic<std::uint64_t> failures_{0};
};

// What is there of traces; nullptr: nothing is exported.
void write_metrics(observe::PrometheusText& text, const Exporter* exporter, const Backlog& backlog);

}  // namespace pointsman::traces
