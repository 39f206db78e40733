#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

// What `pointsman doctor` finds, as plain values: everything that judges makes these, and the report shows them.
namespace pointsman::doctor {

enum class Severity : std::uint8_t {
  ok,       // looked at, and fine
  note,     // worth knowing; nothing has to be done
  warning,  // it works, but not as well or as safely as it should, or not for long
  error,    // it does not work
};

std::string_view name(Severity severity);

// No text of it holds a secret.
struct Finding {
  Severity severity = Severity::ok;
  std::string subject;      // what it belongs to: "configuration", "endpoints"
  std::string where;        // a file, with its line where there is one; an address; the name of an endpoint
  std::string what;         // for a person
  std::string advice = {};  // what to do about it; empty: nothing, or `what` says it

  bool operator==(const Finding&) const = default;
};

using Diagnosis = std::vector<Finding>;

bool has_errors(const Diagnosis& diagnosis);

}  // namespace pointsman::doctor
