#include "pointsman/observe/trace.hpp"

#include "pointsman/base/hexadecimal.hpp"

namespace pointsman::observe {

Trace::Trace(TraceIds& ids, const std::optional<TraceContext>& from, double share, bool may_be_told)
    : ids_(ids), may_be_told_(may_be_told) {
  context_.trace = from ? from->trace : ids.next_trace();
  context_.span = ids.next_span();
  context_.sampled = from ? from->sampled : is_sampled(context_.trace, share);
  if (from) parent_ = from->span;
  id_ = hexadecimal(context_.trace);
}

void Trace::begin_attempt(const AttemptTarget& target) {
  attempt_ = ids_.next_span();
  if (!is_told()) return;
  auto& attempt = attempts_.emplace_back();
  attempt.id = attempt_;
  attempt.began = TracedAttempt::Clock::now();
  attempt.endpoint = target.endpoint;
  attempt.server_type = target.server_type;
  attempt.scheme = target.scheme;
  attempt.host = target.host;
  attempt.port = target.port;
  attempt.path = std::string(target.base) + std::string(target.path);
  attempt.model = target.model;
}

void Trace::head_came(TracedAttempt::Time at, int status) {
  if (attempts_.empty()) return;
  attempts_.back().came = at;
  attempts_.back().status = status;
}

void Trace::end_attempt(std::string_view cause) {
  if (attempts_.empty()) return;
  auto& attempt = attempts_.back();
  attempt.ended = TracedAttempt::Clock::now();
  attempt.cause = cause;
}

void Trace::end(std::string_view cause) {
  const bool is_open = !attempts_.empty() && attempts_.back().ended == TracedAttempt::Time();
  if (is_open) end_attempt(cause);
}

std::string Trace::traceparent() const { return observe::traceparent({context_.trace, attempt_, context_.sampled}); }

}  // namespace pointsman::observe
