#include "pointsman/config/problem.hpp"

namespace pointsman::config {
namespace {

constexpr std::size_t longest_quotation = 64;

bool continues_character(char byte) { return (static_cast<unsigned char>(byte) & 0xc0) == 0x80; }

}  // namespace

Problem error_at(Place place, std::string message) {
  return {Problem::Severity::error, place.line, place.column, std::move(message)};
}

Problem warning_at(Place place, std::string message) {
  return {Problem::Severity::warning, place.line, place.column, std::move(message)};
}

std::string text(const Problem& problem, std::string_view file) {
  std::string result(file);
  if (problem.line > 0) result += ":" + std::to_string(problem.line) + ":" + std::to_string(problem.column);
  result += problem.severity == Problem::Severity::warning ? ": warning: " : ": ";
  return result + problem.message;
}

std::string quote(std::string_view words) {
  auto end = words.size();
  if (end > longest_quotation) {
    end = longest_quotation;
    while (end > 0 && continues_character(words[end])) --end;
  }
  std::string result = "`";
  for (const char c : words.substr(0, end)) result += static_cast<unsigned char>(c) < 0x20 || c == 0x7f ? '?' : c;
  result += end < words.size() ? "...`" : "`";
  return result;
}

}  // namespace pointsman::config
