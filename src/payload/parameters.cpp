#include "parameters.hpp"

#include <algorithm>

namespace pointsman::payload {
namespace {

constexpr std::string_view blanks = " \t";

void skip_blanks(std::string_view& text) { text.remove_prefix(std::min(text.find_first_not_of(blanks), text.size())); }

// Takes off a quoted string, whose first quote has been taken off. False: it does not end.
bool read_quoted(std::string_view& text, Parameter& parameter) {
  while (!text.empty()) {
    char next = text.front();
    text.remove_prefix(1);
    if (next == '"') return true;
    if (next == '\\') {
      if (text.empty()) return false;
      next = text.front();
      text.remove_prefix(1);
      parameter.escaped = true;
    }
    parameter.value += next;
  }
  return false;
}

}  // namespace

std::optional<Parameter> Parameters::next() {
  auto text = rest_;
  skip_blanks(text);
  const bool follows = text.starts_with(';');
  while (text.starts_with(';')) {
    text.remove_prefix(1);
    skip_blanks(text);
  }
  if (text.empty()) {
    rest_ = {};
    return std::nullopt;
  }
  const auto name_size = text.find_first_of("=;\" \t");
  if (!follows || name_size == 0 || name_size == std::string_view::npos || text[name_size] != '=') return std::nullopt;

  Parameter parameter;
  parameter.name = text.substr(0, name_size);
  text.remove_prefix(name_size + 1);
  if (text.starts_with('"')) {
    text.remove_prefix(1);
    if (!read_quoted(text, parameter)) return std::nullopt;
  } else {
    const auto size = std::min(text.find_first_of("; \t\""), text.size());
    parameter.value = text.substr(0, size);
    text.remove_prefix(size);
  }
  skip_blanks(text);
  if (!text.empty() && text.front() != ';') return std::nullopt;
  rest_ = text;
  return parameter;
}

std::string_view without_blanks(std::string_view text) {
  skip_blanks(text);
  return text.substr(0, text.find_last_not_of(blanks) + 1);
}

}  // namespace pointsman::payload
