#include "pointsman/probe/observation.hpp"

#include "pointsman/base/json_string.hpp"
#include "pointsman/base/utf8.hpp"
#include "pointsman/probe/bounded_json.hpp"

namespace pointsman::probe {
namespace {

constexpr std::size_t longest_evidence = 200;

}  // namespace

Question get(std::string path) { return {"GET", std::move(path), ""}; }
Question post(std::string path, std::string body) { return {"POST", std::move(path), std::move(body)}; }

std::string_view Observation::header(std::string_view name) const {
  for (const auto& [each, value] : headers) {
    if (each == name) return value;
  }
  return {};
}

std::string text(const Question& question) {
  std::string result = question.method + " " + question.path;
  if (!question.body.empty()) result += " " + question.body;
  if (!question.websocket_key.empty()) result += " with Upgrade: websocket";
  return excerpt(result, longest_evidence);
}

std::string excerpt(std::string_view text, std::size_t bytes) {
  const std::string repaired = repaired_utf8(text.substr(0, 4 * bytes));
  std::string_view rest = repaired;
  std::string line;
  while (!rest.empty()) {
    const auto character = first_utf8_character(rest);
    const bool is_blank = character.code_point == U' ' || is_control_character(character.code_point);
    const bool joins_a_blank = is_blank && (line.empty() || line.back() == ' ');
    const std::string_view shown = joins_a_blank ? "" : is_blank ? " " : rest.substr(0, character.size);
    if (line.size() + shown.size() > bytes) break;
    line += shown;
    rest.remove_prefix(character.size);
  }
  if (line.ends_with(' ')) line.pop_back();
  return line;
}

std::string evidence(const Observation& observation) {
  std::string result = text(observation.asked) + ": ";
  if (observation.answered()) {
    result += std::to_string(observation.status);
    const auto allow = observation.header("allow");
    if (!allow.empty()) result += " Allow: " + std::string(allow);
    result += " " + observation.body.substr(0, longest_evidence);
  } else {
    result += observation.trouble;
  }
  return excerpt(result, longest_evidence);
}

std::string evidence(const Question& asked, std::string_view words) {
  return excerpt(text(asked) + ": " + std::string(words), longest_evidence);
}

}  // namespace pointsman::probe
