#include "pointsman/probe/prometheus_reading.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>

namespace pointsman::probe {
namespace {

constexpr std::string_view blanks = " \t";

std::string_view next_line(std::string_view& rest) {
  const auto end = std::min(rest.find('\n'), rest.size());
  auto line = rest.substr(0, end);
  rest.remove_prefix(std::min(end + 1, rest.size()));
  if (line.ends_with('\r')) line.remove_suffix(1);
  return line;
}

// Where the labels that begin `text` end; npos: nowhere. A brace inside a quoted value is no end.
std::size_t end_of_labels(std::string_view text) {
  bool quoted = false;
  for (std::size_t i = 1; i < text.size(); ++i) {
    if (quoted && text[i] == '\\') {
      ++i;
    } else if (text[i] == '"') {
      quoted = !quoted;
    } else if (text[i] == '}' && !quoted) {
      return i + 1;
    }
  }
  return std::string_view::npos;
}

// The value of a line if it is a sample of that name.
std::optional<double> sample(std::string_view line, std::string_view name) {
  if (!line.starts_with(name)) return std::nullopt;
  line.remove_prefix(name.size());
  if (line.starts_with('{')) {
    const auto end = end_of_labels(line);
    if (end == std::string_view::npos) return std::nullopt;
    line.remove_prefix(end);
  } else if (line.empty() || blanks.find(line.front()) == std::string_view::npos) {
    return std::nullopt;  // a longer name
  }
  line.remove_prefix(std::min(line.find_first_not_of(blanks), line.size()));
  const auto text = line.substr(0, line.find_first_of(blanks));
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || !std::isfinite(value)) return std::nullopt;
  return value;
}

// All samples of that name, folded into one value.
template <class Combine>
std::optional<double> fold(std::string_view page, std::string_view name, Combine combine) {
  std::optional<double> result;
  while (!page.empty()) {
    const auto value = sample(next_line(page), name);
    if (value) result = result ? combine(*result, *value) : *value;
  }
  return result;
}

}  // namespace

std::optional<double> PrometheusReading::sum(std::string_view name) const {
  return fold(page_, name, [](double left, double right) { return left + right; });
}

std::optional<double> PrometheusReading::largest(std::string_view name) const {
  return fold(page_, name, [](double left, double right) { return std::max(left, right); });
}

std::optional<std::uint32_t> PrometheusReading::count(std::string_view name) const {
  const auto value = sum(name);
  if (!value || !(*value >= 0) || *value > std::numeric_limits<std::uint32_t>::max()) return std::nullopt;
  return static_cast<std::uint32_t>(*value);
}

std::optional<double> as_share(std::optional<double> value) {
  if (!value || !(*value >= 0) || *value > 1) return std::nullopt;
  return value;
}

}  // namespace pointsman::probe
