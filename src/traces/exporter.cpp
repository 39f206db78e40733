#include "pointsman/traces/exporter.hpp"

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <exception>
#include <utility>

#include "pointsman/base/hexadecimal.hpp"
#include "pointsman/net/resolver.hpp"
#include "pointsman/observe/trace_context.hpp"
#include "pointsman/traces/otlp.hpp"

namespace pointsman::traces {

using observe::Level;

Result<std::unique_ptr<Exporter>> Exporter::create(const config::Traces& settings, Backlog& backlog, const Clock& clock,
                                                   observe::Log& log) {
  probe::Target target;
  target.url = *settings.collector;
  for (const auto& [name, value] : settings.headers) target.fields.emplace_back(name, value);
  if (target.url.scheme == "https") {
    config::EndpointTls tls;
    tls.ca = settings.ca_file;
    auto client = net::TlsClient::create(target.url, tls);
    if (!client) {
      const auto& error = client.error();
      return Error{error.code, error.origin, false, "traces: " + error.message};
    }
    target.tls = std::move(*client);
  }
  return std::unique_ptr<Exporter>(new Exporter(settings, std::move(target), backlog, clock, log));
}

Exporter::Exporter(const config::Traces& settings, probe::Target target, Backlog& backlog, const Clock& clock,
                   observe::Log& log)
    : settings_(settings),
      instance_(hexadecimal(observe::TraceIds().next_trace())),
      target_(std::move(target)),
      addresses_(net::literal_address(target_.url)),
      backlog_(backlog),
      clock_(clock),
      log_(log) {}

void Exporter::tick(net::Worker& worker) {
  const auto now = clock_.monotonic();
  const auto waiting = backlog_.size();
  if (waiting == 0 || now < next_ || worker.is_stopping()) return;
  if (waiting < Backlog::batch && now < last_ + interval) return;
  {
    const std::scoped_lock lock(mutex_);
    if (is_busy_ || is_ending_) return;
    is_busy_ = true;
  }
  last_ = now;
  net::asio::co_spawn(worker.executor(), send_all(), net::asio::detached);
}

net::Task<> Exporter::send_all() {
  try {
    co_await send_what_waits();
  } catch (const std::exception& error) {
    // Whatever it was, the same batch might end in it for ever.
    settle({.kind = CollectorAnswer::Kind::refused, .cause = error.what()});
  }
  const std::scoped_lock lock(mutex_);
  is_busy_ = false;
  is_idle_.notify_all();
}

net::Task<> Exporter::send_what_waits() {
  // No more than there is now, so that what comes in the meantime makes batches as well.
  for (auto batches = backlog_.size() / Backlog::batch + 1; batches > 0 && backlog_.size() > 0; --batches) {
    if (is_ending_) break;
    const auto deadline = std::chrono::steady_clock::now() + patience;
    if (!co_await send(deadline)) break;
  }
}

net::Task<> Exporter::send_all_until(Deadline deadline) {
  while (backlog_.size() > 0 && co_await send(deadline)) continue;
}

// False: the collector takes nothing for now.
net::Task<bool> Exporter::send(Deadline deadline) {
  sending_ = backlog_.take(Backlog::batch);
  // Where it is may change; at the end nobody waits for a resolver.
  probe::Client collector(target_);
  auto question = probe::post(target_.url.base_path, otlp_body(sending_, settings_.service_name, instance_));
  const auto seen = co_await collector.ask(std::move(question), deadline);
  if (!collector.addresses().empty()) addresses_ = collector.addresses();
  co_return settle(judge(seen, clock_.wall()));
}

bool Exporter::settle(const CollectorAnswer& answer) {
  using Kind = CollectorAnswer::Kind;
  auto spans = std::exchange(sending_, {});
  switch (answer.kind) {
    case Kind::taken: {
      const auto rejected = std::min<std::uint64_t>(answer.rejected, spans.size());
      exported_ += spans.size() - rejected;
      dropped_ += rejected;
      answer.cause.empty() ? note_success() : note_failure("some are lost", answer.cause);
      pause_ = first_pause;
      return true;
    }
    case Kind::refused:
      dropped_ += spans.size();
      note_failure("what was refused is lost", answer.cause);
      return true;
    case Kind::later: break;
  }
  backlog_.give_back(std::move(spans));
  next_ = clock_.monotonic() + answer.asked.value_or(pause_);
  pause_ = std::min(2 * pause_, longest_pause);
  note_failure("it is tried again", answer.cause);
  return false;
}

void Exporter::note_failure(std::string_view what_follows, const std::string& cause) {
  ++failures_;
  if (std::exchange(is_failing_, true)) return;
  log_.write(Level::warning, "traces cannot be exported; serving goes on, and " + std::string(what_follows),
             {{"collector", target_.url.text()}, {"cause", cause}});
}

void Exporter::note_success() {
  if (!std::exchange(is_failing_, false)) return;
  const auto failures = failures_.load();
  const auto lost = dropped_ + backlog_.dropped();
  log_.write(Level::warning, "traces are exported again",
             {{"failures", static_cast<std::int64_t>(failures - std::exchange(failures_told_, failures))},
              {"spans_lost", static_cast<std::int64_t>(lost - std::exchange(lost_told_, lost))}});
}

void Exporter::finish(Milliseconds at_most) {
  is_ending_ = true;
  std::unique_lock lock(mutex_);
  is_idle_.wait_for(lock, at_most, [this] { return !is_busy_; });
}

void Exporter::flush(Milliseconds at_most) {
  if (!sending_.empty()) backlog_.give_back(std::exchange(sending_, {}));
  if (backlog_.size() == 0) return;
  target_.addresses = addresses_;
  if (!addresses_.empty() && !is_busy_) {
    const auto deadline = std::chrono::steady_clock::now() + at_most;
    net::asio::io_context context(1);
    net::asio::co_spawn(context.get_executor(), send_all_until(deadline), net::asio::detached);
    context.run_until(deadline);
  }
  if (!sending_.empty()) backlog_.give_back(std::exchange(sending_, {}));
  const auto left = backlog_.size();
  if (left == 0) return;
  log_.write(Level::warning, "the last spans were not exported",
             {{"collector", target_.url.text()}, {"spans_lost", static_cast<std::int64_t>(left)}});
}

void write_metrics(observe::PrometheusText& text, const Exporter* exporter, const Backlog& backlog) {
  text.metric("pointsman_spans_exported_total", "counter", "Spans of traces that the collector took.");
  text.sample({}, exporter == nullptr ? std::uint64_t{0} : exporter->exported());
  text.metric("pointsman_spans_dropped_total", "counter",
              "Spans of traces that the collector refused, or for which there was no room while it took none.");
  text.sample({}, backlog.dropped() + (exporter == nullptr ? 0 : exporter->dropped()));
  text.metric("pointsman_trace_export_failures_total", "counter",
              "Requests to the collector of traces that it did not take whole.");
  text.sample({}, exporter == nullptr ? std::uint64_t{0} : exporter->failures());
}

}  // namespace pointsman::traces
