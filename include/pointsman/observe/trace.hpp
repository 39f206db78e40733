#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "pointsman/observe/trace_context.hpp"

namespace pointsman::observe {

// Where an attempt goes. Its views hold for as long as the call that is given it.
struct AttemptTarget {
  std::string_view endpoint;
  std::string_view server_type;  // empty: not recognised
  std::string_view scheme;
  std::string_view host;  // empty: a Unix-domain socket
  std::uint16_t port = 0;
  std::string_view path;  // our template of it, below the endpoint's base
  std::string_view base;
  std::string_view model;  // as the endpoint is asked for it; empty: none is named
};

// One attempt at an endpoint, as its span tells it.
struct TracedAttempt {
  using Clock = std::chrono::steady_clock;
  using Time = Clock::time_point;

  SpanId id{};
  Time began;
  Time came;               // the head of its answer; the beginning of all time: it never did
  Time ended;              // the beginning of all time: it has not
  int status = 0;          // the endpoint's; 0: there is none
  std::string_view cause;  // a word of our own; empty: it did not fail
  std::string endpoint;
  std::string server_type;
  std::string scheme;
  std::string host;
  std::uint16_t port = 0;
  std::string path;
  std::string model;
};

// The trace of one request: what came of it, our place in it, and the attempts if they are to be told. Each attempt is
// a span of its own, so that what the endpoint tells of itself hangs below it. Kept while the request is, on its
// worker; no I/O.
class Trace {
 public:
  // `from`: what the client said; nothing: the trace begins here.
  Trace(TraceIds& ids, const std::optional<TraceContext>& from, double share, bool may_be_told);

  // The id of the trace, as text.
  std::string_view id() const { return id_; }
  const TraceContext& context() const { return context_; }
  const std::optional<SpanId>& parent() const { return parent_; }
  // The client's `tracestate` goes on, which belongs to its `traceparent`.
  bool is_continued() const { return parent_.has_value(); }
  // There are to be spans of it.
  bool is_told() const { return may_be_told_ && context_.sampled; }
  // Whatever the client said. Before the first attempt.
  void sample(bool sampled) { context_.sampled = sampled; }

  // What follows notes nothing but the id where the trace is not told.
  void begin_attempt(const AttemptTarget& target);
  void head_came(TracedAttempt::Time at, int status);
  void end_attempt(std::string_view cause);
  // The same at the end of the request, for an attempt that has not ended.
  void end(std::string_view cause);

  // The `traceparent` of the attempt at hand.
  std::string traceparent() const;
  const std::vector<TracedAttempt>& attempts() const { return attempts_; }

 private:
  TraceIds& ids_;
  TraceContext context_;
  std::optional<SpanId> parent_;
  const bool may_be_told_;
  SpanId attempt_{};
  std::string id_;
  std::vector<TracedAttempt> attempts_;
};

}  // namespace pointsman::observe
