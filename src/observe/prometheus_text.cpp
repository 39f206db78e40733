#include "pointsman/observe/prometheus_text.hpp"

#include <fmt/format.h>

#include <iterator>

namespace pointsman::observe {
namespace {

constexpr double microseconds_per_second = 1e6;
constexpr std::string_view counter_suffix = "_total";
constexpr std::string_view info_suffix = "_info";

// OpenMetrics writes every end of a bucket as a float.
std::string bound(double value, MetricsFormat format) {
  auto text = fmt::format("{}", value);
  if (format == MetricsFormat::openmetrics && text.find_first_of(".e") == std::string::npos) text += ".0";
  return text;
}

void append_label(std::string& out, std::string_view name, std::string_view value) {
  out.append(name).append("=\"");
  for (const char c : value) {
    if (c == '\\' || c == '"') out += '\\';
    if (c == '\n') {
      out += "\\n";
    } else {
      out += c;
    }
  }
  out += '"';
}

}  // namespace

void PrometheusText::metric(std::string_view name, std::string_view type, std::string_view help) {
  name_ = name;
  if (format_ == MetricsFormat::prometheus) {
    if (type == "info") type = "gauge";
    fmt::format_to(std::back_inserter(text_), "# HELP {} {}\n# TYPE {} {}\n", name, help, name, type);
    return;
  }
  // The suffix belongs to the samples, and not to the family.
  if (type == "counter") name.remove_suffix(counter_suffix.size());
  if (type == "info") name.remove_suffix(info_suffix.size());
  fmt::format_to(std::back_inserter(text_), "# TYPE {} {}\n", name, type);
  for (const std::string_view unit : {"seconds", "bytes"}) {
    if (type != "info" && name.ends_with(unit)) {
      fmt::format_to(std::back_inserter(text_), "# UNIT {} {}\n", name, unit);
    }
  }
  fmt::format_to(std::back_inserter(text_), "# HELP {} {}\n", name, help);
}

void PrometheusText::sample(Labels labels, std::uint64_t value) {
  begin_sample("", labels, "");
  fmt::format_to(std::back_inserter(text_), " {}\n", value);
}

void PrometheusText::sample(Labels labels, std::chrono::microseconds value) {
  begin_sample("", labels, "");
  fmt::format_to(std::back_inserter(text_), " {}\n", static_cast<double>(value.count()) / microseconds_per_second);
}

void PrometheusText::histogram(Labels labels, std::span<const std::int64_t> bounds,
                               std::span<const std::uint64_t> counts, std::uint64_t sum, double per_unit) {
  std::uint64_t count = 0;
  for (std::size_t bucket = 0; bucket < counts.size(); ++bucket) {
    count += counts[bucket];
    const bool last = bucket == bounds.size();
    begin_sample("_bucket", labels, last ? "+Inf" : bound(static_cast<double>(bounds[bucket]) / per_unit, format_));
    fmt::format_to(std::back_inserter(text_), " {}\n", count);
  }
  begin_sample("_sum", labels, "");
  fmt::format_to(std::back_inserter(text_), " {}\n", static_cast<double>(sum) / per_unit);
  begin_sample("_count", labels, "");
  fmt::format_to(std::back_inserter(text_), " {}\n", count);
}

std::string PrometheusText::take() {
  if (format_ == MetricsFormat::openmetrics) text_ += "# EOF\n";
  return std::move(text_);
}

void PrometheusText::begin_sample(std::string_view suffix, Labels labels, std::string_view bucket) {
  text_.append(name_).append(suffix);
  if (labels.size() == 0 && bucket.empty()) return;
  char before = '{';
  for (const auto& [name, value] : labels) {
    text_ += before;
    append_label(text_, name, value);
    before = ',';
  }
  if (!bucket.empty()) {
    text_ += before;
    append_label(text_, "le", bucket);
  }
  text_ += '}';
}

}  // namespace pointsman::observe
