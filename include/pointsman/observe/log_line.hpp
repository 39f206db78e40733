#pragma once

#include <span>
#include <string>
#include <string_view>

#include "pointsman/base/clock.hpp"
#include "pointsman/observe/log.hpp"

namespace pointsman::observe {

// What one line says, before it has a form.
struct LogLine {
  WallTime time;
  Level level;
  std::string_view kind;  // the key of `text` in JSON: "message", or "event" where a program is to tell lines apart
  std::string_view text;
  std::span<const Field> fields;
};

// The time now, as lines have it.
WallTime log_time();

// For programs: one JSON object.
void append_json_line(std::string& out, const LogLine& line);

// The same, piece by piece: what is in every line, fields behind it, and at last a `}`.
void append_json_beginning(std::string& out, const LogLine& line);
void append_json_field(std::string& out, std::string_view key, std::string_view text);

// For people: time, level, text, key=value. Colour marks the level only.
void append_text_line(std::string& out, const LogLine& line, bool colour);

}  // namespace pointsman::observe
