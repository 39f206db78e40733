#pragma once

#include <optional>
#include <string>
#include <string_view>

// What stands behind the first word of Content-Type and Content-Disposition: `; name=value; name="quoted value"`
// (RFC 2045 §5.1).
namespace pointsman::payload {

struct Parameter {
  std::string_view name;
  std::string value;     // of a quoted one what it means, its backslashes taken off
  bool escaped = false;  // it had some: not everybody takes them off
};

// Reads one parameter after the other.
class Parameters {
 public:
  // `text` begins where the first semicolon is expected.
  explicit Parameters(std::string_view text) : rest_(text) {}

  // The next one; nothing at the end, or where something else stands than a parameter.
  std::optional<Parameter> next();
  // Whether everything was read.
  bool at_end() const { return rest_.empty(); }

 private:
  std::string_view rest_;
};

std::string_view without_blanks(std::string_view text);  // at both ends

}  // namespace pointsman::payload
