#pragma once

#include <string>
#include <string_view>

namespace pointsman::config {

// A place in the file, both from 1; line 0: the file as a whole.
struct Place {
  int line = 0;
  int column = 0;
};

// Something wrong, or worth knowing, at a place in the file. The message never holds a secret.
struct Problem {
  enum class Severity { error, warning };
  Severity severity = Severity::error;
  int line = 0;    // from 1; 0: the file as a whole
  int column = 0;  // from 1
  std::string message;

  bool operator==(const Problem&) const = default;
};

Problem error_at(Place place, std::string message);
Problem warning_at(Place place, std::string message);

// "FILE:LINE:COLUMN: message", with "warning: " before the message of a warning; without a line "FILE: message".
std::string text(const Problem& problem, std::string_view file);

// What a message quotes from the file: in backticks, of a bounded length and safe to print on a terminal.
std::string quote(std::string_view words);

}  // namespace pointsman::config
