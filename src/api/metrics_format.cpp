#include "pointsman/api/metrics_format.hpp"

#include <algorithm>
#include <charconv>
#include <optional>

#include "pointsman/http/head.hpp"

namespace pointsman::api {
namespace {

using observe::MetricsFormat;

std::string_view trimmed(std::string_view text) {
  text.remove_prefix(std::min(text.find_first_not_of(" \t"), text.size()));
  return text.substr(0, text.find_last_not_of(" \t") + 1);
}

// Takes what stands before the mark, and the mark.
std::string_view take_until(std::string_view& text, char mark) {
  const auto end = std::min(text.find(mark), text.size());
  const auto taken = trimmed(text.substr(0, end));
  text.remove_prefix(std::min(end + 1, text.size()));
  return taken;
}

// The weight of a range's parameters; what cannot be read does not count.
double weight_in(std::string_view parameters) {
  while (!parameters.empty()) {
    const auto each = take_until(parameters, ';');
    if (!each.starts_with("q=") && !each.starts_with("Q=")) continue;
    double weight = 0;
    const auto [end, error] = std::from_chars(each.data() + 2, each.data() + each.size(), weight);
    if (error == std::errc()) return weight;
  }
  return 1;
}

}  // namespace

MetricsFormat format_for(std::string_view accept) {
  double openmetrics = 0;
  double plain = 0;
  while (!accept.empty()) {
    auto range = take_until(accept, ',');
    const auto type = take_until(range, ';');
    const auto weight = weight_in(range);
    if (http::equal_ignoring_case(type, "application/openmetrics-text")) openmetrics = std::max(openmetrics, weight);
    if (http::equal_ignoring_case(type, "text/plain")) plain = std::max(plain, weight);
  }
  return openmetrics > 0 && openmetrics >= plain ? MetricsFormat::openmetrics : MetricsFormat::prometheus;
}

std::string_view content_type_of(MetricsFormat format) {
  return format == MetricsFormat::openmetrics ? "application/openmetrics-text; version=1.0.0; charset=utf-8"
                                              : "text/plain; version=0.0.4; charset=utf-8";
}

}  // namespace pointsman::api
