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

// For programs: one JSON object.
std::string json_line(const LogLine& line);

// For people: time, level, text, key=value. Colour marks the level only.
std::string text_line(const LogLine& line, bool colour);

}  // namespace pointsman::observe
