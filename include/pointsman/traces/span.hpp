#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "pointsman/observe/trace_context.hpp"

namespace pointsman::traces {

using SpanTime = std::chrono::sys_time<std::chrono::nanoseconds>;

struct Attribute {
  std::string_view key;  // a literal
  std::variant<std::string, std::int64_t, bool> value;
};

struct Event {
  std::string_view name;  // a literal
  SpanTime at;
};

// A stretch of a trace, as OpenTelemetry has it. The numbers are those of OTLP. A plain value.
struct Span {
  enum class Kind : std::uint8_t { server = 2, client = 3 };
  enum class Status : std::uint8_t { unset = 0, error = 2 };

  observe::TraceId trace{};
  observe::SpanId id{};
  std::optional<observe::SpanId> parent;
  bool has_remote_parent = false;  // it came with the request
  std::string name;
  Kind kind = Kind::server;
  SpanTime began;
  SpanTime ended;
  std::vector<Attribute> attributes;
  std::vector<Event> events;
  Status status = Status::unset;
};

}  // namespace pointsman::traces
