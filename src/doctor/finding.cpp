#include "pointsman/doctor/finding.hpp"

#include <algorithm>

namespace pointsman::doctor {

std::string_view name(Severity severity) {
  switch (severity) {
    case Severity::ok: return "ok";
    case Severity::note: return "note";
    case Severity::warning: return "warning";
    case Severity::error: return "error";
  }
  return "";
}

bool has_errors(const Diagnosis& diagnosis) {
  return std::ranges::any_of(diagnosis, [](const Finding& each) { return each.severity == Severity::error; });
}

}  // namespace pointsman::doctor
