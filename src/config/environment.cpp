#include "pointsman/config/environment.hpp"

#include <algorithm>
#include <cstdlib>

#include "pointsman/config/problem.hpp"

namespace pointsman::config {
namespace {

bool is_variable_name(std::string_view name) {
  const auto is_letter = [](char c) { return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '_'; };
  const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
  return !name.empty() && !is_digit(name.front()) &&
         std::all_of(name.begin(), name.end(), [&](char c) { return is_letter(c) || is_digit(c); });
}

}  // namespace

Environment process_environment() {
  return [](const std::string& name) -> std::optional<std::string> {
    const char* value = std::getenv(name.c_str());
    return value == nullptr ? std::nullopt : std::optional<std::string>(value);
  };
}

Expansion expand(std::string_view text, const Environment& environment) {
  Expansion result;
  while (true) {
    const auto start = text.find("${");
    if (start == std::string_view::npos) break;
    const bool escaped = start > 0 && text[start - 1] == '$';
    result.text += text.substr(0, escaped ? start - 1 : start);
    text.remove_prefix(start + 2);
    if (escaped) {
      result.text += "${";
      continue;
    }
    // What stands between the braces is quoted only once it is known to be a name: it could be part of a secret.
    const auto end = text.find('}');
    const auto name = std::string(text.substr(0, end));
    if (end == std::string_view::npos || !is_variable_name(name)) {
      result.complaints.push_back("has a ${ without the name of a variable and a } after it; write $${ for a plain ${");
      if (end == std::string_view::npos) return result;
    } else if (const auto value = environment(name)) {
      result.text += *value;
    } else {
      result.complaints.push_back("needs the environment variable " + quote(name) + ", which is not set");
    }
    text.remove_prefix(end + 1);
  }
  result.text += text;
  return result;
}

}  // namespace pointsman::config
