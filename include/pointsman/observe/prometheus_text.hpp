#pragma once

#include <chrono>
#include <cstdint>
#include <initializer_list>
#include <span>
#include <string>
#include <string_view>

#include "pointsman/observe/histogram.hpp"

namespace pointsman::observe {

struct Label {
  std::string_view name;
  std::string_view value;
};

// Writes metrics in Prometheus' text format, version 0.0.4. Label values are escaped, but must be names of our own
// (routes, endpoints, registered models): never what a client sent.
class PrometheusText {
 public:
  using Labels = std::initializer_list<Label>;

  // Begins a metric; its samples follow.
  void metric(std::string_view name, std::string_view type, std::string_view help);
  void sample(Labels labels, std::uint64_t value);
  // The sum of several histograms, one of each worker.
  void sample(Labels labels, std::chrono::microseconds value);  // in seconds
  void histogram(Labels labels, std::span<const Histogram* const> parts);

  std::string take() { return std::move(text_); }

 private:
  void begin_sample(std::string_view suffix, Labels labels, std::string_view bucket);

  std::string name_;
  std::string text_;
};

}  // namespace pointsman::observe
