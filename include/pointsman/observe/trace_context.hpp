#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "pointsman/base/random_words.hpp"

// What a request says of the trace that it belongs to: W3C Trace Context, level 1, §3.2.
namespace pointsman::observe {

using TraceId = std::array<std::uint8_t, 16>;
using SpanId = std::array<std::uint8_t, 8>;

struct TraceContext {
  TraceId trace{};
  SpanId span{};  // of the one that sends the request on
  bool sampled = false;

  bool operator==(const TraceContext&) const = default;
};

// The value of a `traceparent`. Nothing: it is invalid, and then so is the `tracestate` beside it. Of a version that
// comes later, what it begins with is read.
std::optional<TraceContext> parse_traceparent(std::string_view value);

// The same the other way round.
std::string traceparent(const TraceContext& context);

// Makes ids, unique over workers and restarts, but not secret. One per worker; not safe from several threads.
class TraceIds {
 public:
  TraceIds();

  TraceId next_trace();
  SpanId next_span();

 private:
  std::uint64_t next();

  std::uint64_t origin_;
  RandomWords words_;
};

// Whether a trace that begins here is told where only a share of them is: the same wherever it is asked.
bool is_sampled(const TraceId& trace, double share);

}  // namespace pointsman::observe
