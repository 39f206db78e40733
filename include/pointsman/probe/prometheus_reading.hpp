#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "pointsman/probe/observation.hpp"

namespace pointsman::probe {

// A page of metrics in Prometheus' text format, as servers answer to GET /metrics. It is read where it lies, anew for
// each lookup, so that it needs no memory of its own; the text must outlive it. Lines that are no samples, and values
// that are no finite numbers, count as absent. Names are whole: "vllm:num_requests_running".
class PrometheusReading {
 public:
  explicit PrometheusReading(std::string_view page) : page_(page) {}
  // Of an answer; one that is not 200 has no metrics.
  explicit PrometheusReading(const Observation& answer)
      : page_(answer.status == 200 ? std::string_view(answer.body) : std::string_view()) {}
  explicit PrometheusReading(Observation&&) = delete;

  bool has(std::string_view name) const { return sum(name).has_value(); }
  // Over all labels; nothing if there is no sample of that name.
  std::optional<double> sum(std::string_view name) const;
  std::optional<double> largest(std::string_view name) const;
  // The sum as a number of things; nothing also if it is negative or too large to be one.
  std::optional<std::uint32_t> count(std::string_view name) const;

 private:
  std::string_view page_;
};

// What is a share, 0 to 1; nothing if it is none.
std::optional<double> as_share(std::optional<double> value);

}  // namespace pointsman::probe
