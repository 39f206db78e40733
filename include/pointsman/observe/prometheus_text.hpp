#pragma once

#include <chrono>
#include <cstdint>
#include <initializer_list>
#include <iterator>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "pointsman/observe/histogram.hpp"

namespace pointsman::observe {

struct Label {
  std::string_view name;
  std::string_view value;
};

// The two formats that scrapers of Prometheus' kind read: its text format, version 0.0.4, and OpenMetrics 1.0.0.
enum class MetricsFormat : std::uint8_t { prometheus, openmetrics };

// Writes metrics, all of them with the same names and labels in either format. Label values are escaped, but must be
// names of our own (routes, endpoints, registered models): never what a client sent.
class PrometheusText {
 public:
  using Labels = std::initializer_list<Label>;

  explicit PrometheusText(MetricsFormat format = MetricsFormat::prometheus) : format_(format) {}

  // Begins a metric; its samples follow. `type`: counter (its name ends in _total), gauge, histogram, or info (its name
  // ends in _info, and it is a gauge of 1 to Prometheus).
  void metric(std::string_view name, std::string_view type, std::string_view help);
  void sample(Labels labels, std::uint64_t value);
  void sample(Labels labels, std::chrono::microseconds value);  // in seconds
  // The sum of several histograms, one of each worker.
  template <class Parts>
  void histogram(Labels labels, const Parts& parts) {
    if (std::begin(parts) == std::end(parts)) return;
    using Part = std::remove_cvref_t<decltype(**std::begin(parts))>;
    std::vector<std::uint64_t> counts(Part::bounds.size() + 1);
    std::uint64_t sum = 0;
    for (const auto* part : parts) {
      sum += part->sum();
      for (std::size_t bucket = 0; bucket < counts.size(); ++bucket) counts[bucket] += part->count(bucket);
    }
    histogram(labels, Part::bounds, counts, sum, Part::per_unit);
  }

  // All that was written, whole.
  std::string take();

 private:
  void begin_sample(std::string_view suffix, Labels labels, std::string_view bucket);
  void histogram(Labels labels, std::span<const std::int64_t> bounds, std::span<const std::uint64_t> counts,
                 std::uint64_t sum, double per_unit);

  MetricsFormat format_;
  std::string name_;
  std::string text_;
};

}  // namespace pointsman::observe
