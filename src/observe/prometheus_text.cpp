#include "pointsman/observe/prometheus_text.hpp"

#include <fmt/format.h>

#include <iterator>

namespace pointsman::observe {
namespace {

constexpr double microseconds_per_second = 1e6;

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
  fmt::format_to(std::back_inserter(text_), "# HELP {} {}\n# TYPE {} {}\n", name, help, name, type);
}

void PrometheusText::sample(Labels labels, std::uint64_t value) {
  begin_sample("", labels, "");
  fmt::format_to(std::back_inserter(text_), " {}\n", value);
}

void PrometheusText::sample(Labels labels, std::chrono::microseconds value) {
  begin_sample("", labels, "");
  fmt::format_to(std::back_inserter(text_), " {}\n", static_cast<double>(value.count()) / microseconds_per_second);
}

void PrometheusText::histogram(Labels labels, std::span<const Histogram* const> parts) {
  std::uint64_t count = 0;
  std::uint64_t sum_us = 0;
  for (const auto* part : parts) sum_us += part->sum_us();
  for (std::size_t bucket = 0; bucket <= Histogram::bounds_us.size(); ++bucket) {
    for (const auto* part : parts) count += part->count(bucket);
    const bool last = bucket == Histogram::bounds_us.size();
    const auto bound =
        last ? std::string("+Inf")
             : fmt::format("{}", static_cast<double>(Histogram::bounds_us[bucket]) / microseconds_per_second);
    begin_sample("_bucket", labels, bound);
    fmt::format_to(std::back_inserter(text_), " {}\n", count);
  }
  begin_sample("_sum", labels, "");
  fmt::format_to(std::back_inserter(text_), " {}\n", static_cast<double>(sum_us) / microseconds_per_second);
  begin_sample("_count", labels, "");
  fmt::format_to(std::back_inserter(text_), " {}\n", count);
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
