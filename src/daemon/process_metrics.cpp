#include "pointsman/daemon/process_metrics.hpp"

#include "pointsman/observe/prometheus_text.hpp"

namespace pointsman::daemon {

std::string process_metrics(std::span<net::Worker* const> workers, const store::Condition& store) {
  observe::PrometheusText text;
  text.metric("pointsman_event_loop_lag_seconds", "gauge",
              "How long what is ready waits for its turn, smoothed; worker 0 is the control plane.");
  for (auto* worker : workers) {
    text.sample({{"worker", std::to_string(worker->number())}}, worker->lag().smoothed());
  }
  text.metric("pointsman_connections", "gauge", "Open connections of clients.");
  for (auto* worker : workers) {
    text.sample({{"worker", std::to_string(worker->number())}}, std::uint64_t{worker->connections().load()});
  }
  text.metric("pointsman_store_failing", "gauge", "1 while the database refuses what is to be kept.");
  text.sample({}, std::uint64_t{store.is_failing});
  text.metric("pointsman_store_failures_total", "counter", "Attempts to write or read the database that failed.");
  text.sample({}, store.failures);
  text.metric("pointsman_store_dropped_total", "counter", "Changes that could not be kept.");
  text.sample({}, store.dropped);
  return text.take();
}

}  // namespace pointsman::daemon
