#include "pointsman/traces/tracer.hpp"

#include <iterator>
#include <utility>

#include "pointsman/traces/request_spans.hpp"

namespace pointsman::traces {

Tracer::Tracer(const std::optional<config::Traces>& settings, Backlog& backlog)
    : backlog_(backlog),
      is_on_(settings.has_value()),
      is_told_(settings && settings->collector),
      share_(settings ? settings->sample : 0) {}

std::unique_ptr<observe::Trace> Tracer::begin(const http::Fields& fields) {
  if (!is_on_) return nullptr;
  // Of several nobody could say which one holds.
  std::optional<observe::TraceContext> from;
  if (fields.count("traceparent") == 1) from = observe::parse_traceparent(*fields.find("traceparent"));
  return std::make_unique<observe::Trace>(ids_, from, share_, is_told_);
}

void Tracer::distrust(observe::Trace& trace) { trace.sample(observe::is_sampled(ids_.next_trace(), share_)); }

void Tracer::end(observe::Trace& trace, const observe::AccessRecord& record, observe::TracedAttempt::Time began,
                 std::string_view scheme) {
  if (!trace.is_told()) return;
  trace.end(record.cause);
  const RequestTimes times{began, observe::TracedAttempt::Clock::now(), std::chrono::system_clock::now()};
  auto spans = request_spans(trace, record, times, scheme);
  std::move(spans.begin(), spans.end(), std::back_inserter(spans_));
  if (spans_.size() >= Backlog::batch) hand_over();
}

void Tracer::hand_over() {
  if (!spans_.empty()) backlog_.add(std::exchange(spans_, {}));
}

}  // namespace pointsman::traces
