#include "pointsman/doctor/report.hpp"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

#include "pointsman/doctor/amounts.hpp"
#include "pointsman/probe/observation.hpp"

namespace pointsman::doctor {
namespace {

constexpr std::size_t longest_line = 1'000;  // bytes
constexpr std::size_t severity_width = 9;

std::string_view colour(Severity severity) {
  switch (severity) {
    case Severity::ok: return "\033[32m";
    case Severity::note: return "\033[36m";
    case Severity::warning: return "\033[33m";
    case Severity::error: return "\033[31m";
  }
  return "";
}

// What it says, each further line of it below the first.
std::string indented(std::string_view words, std::size_t column) {
  std::string text;
  while (!words.empty()) {
    const auto end = std::min(words.find('\n'), words.size());
    if (!text.empty()) text += "\n" + std::string(column, ' ');
    text += probe::excerpt(words.substr(0, end), longest_line);
    words.remove_prefix(std::min(end + 1, words.size()));
  }
  return text;
}

std::string lines_of(const Finding& finding, bool in_colour) {
  std::string word(name(finding.severity));
  const std::string gap(severity_width - word.size(), ' ');
  if (in_colour) word = std::string(colour(finding.severity)) + word + "\033[0m";
  const std::string place = finding.where.empty() ? "" : finding.where + ": ";
  constexpr std::size_t column = 2 + severity_width;
  std::string text = "  " + word + gap + indented(place + finding.what, column) + "\n";
  if (!finding.advice.empty()) text += std::string(column, ' ') + "do: " + indented(finding.advice, column + 4) + "\n";
  return text;
}

std::array<std::size_t, 4> counts(const Diagnosis& diagnosis) {
  std::array<std::size_t, 4> counts{};
  for (const auto& each : diagnosis) ++counts[static_cast<std::size_t>(each.severity)];
  return counts;
}

std::string summary(const Diagnosis& diagnosis) {
  const auto [ok, notes, warnings, errors] = counts(diagnosis);
  return counted(errors, "error") + ", " + counted(warnings, "warning") + ", " + counted(notes, "note") + ", " +
         std::to_string(ok) + " ok\n";
}

}  // namespace

std::string text(const Diagnosis& diagnosis, bool in_colour) {
  std::vector<std::string_view> subjects;
  for (const auto& each : diagnosis) {
    if (std::ranges::find(subjects, each.subject) == subjects.end()) subjects.push_back(each.subject);
  }
  std::string text;
  for (const auto subject : subjects) {
    text += std::string(subject) + "\n";
    for (const auto& each : diagnosis) {
      if (each.subject == subject) text += lines_of(each, in_colour);
    }
  }
  return text + summary(diagnosis);
}

std::string json(const Diagnosis& diagnosis) {
  using Json = nlohmann::ordered_json;
  const auto [ok, notes, warnings, errors] = counts(diagnosis);
  Json result{{"healthy", errors == 0}, {"errors", errors}, {"warnings", warnings}, {"notes", notes}, {"ok", ok}};
  result["findings"] = Json::array();
  for (const auto& each : diagnosis) {
    result["findings"].push_back({{"severity", name(each.severity)},
                                  {"subject", each.subject},
                                  {"where", each.where},
                                  {"what", each.what},
                                  {"advice", each.advice}});
  }
  return result.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

bool wants_colour(bool is_terminal, const config::Environment& environment) {
  return is_terminal && environment("NO_COLOR").value_or("").empty() && environment("TERM").value_or("") != "dumb";
}

}  // namespace pointsman::doctor
