#include "record.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <stdexcept>

#include "process_time.hpp"
#include "wire/readiness.hpp"

namespace pointsman::bench {
namespace {

constexpr std::uint64_t most_failures = 1000;

std::int64_t nanoseconds(double seconds) { return static_cast<std::int64_t>(seconds * 1e9); }

}  // namespace

Record::Record(const Plan& plan)
    : observed_(plan.observed),
      begin_(monotonic_now() + nanoseconds(plan.warm_up)),
      end_(begin_ + nanoseconds(plan.seconds)) {
  latencies_.reserve(std::size_t{1} << 20);
}

bool Record::goes_on(std::int64_t now) {
  if (now >= begin_ && times_before_.empty()) {
    times_before_ = process_times();
    measured_from_ = monotonic_now();
  }
  if (now >= end_ && times_after_.empty()) {
    times_after_ = process_times();
    measured_to_ = monotonic_now();
  }
  return now < end_;
}

void Record::failed(const std::string& what) {
  if (failures_++ == 0) first_failure_ = what;
  if (failures_ == most_failures) throw std::runtime_error("too many failures; the first one: " + first_failure_);
}

nlohmann::json Record::report() {
  goes_on(end_);  // a load may have ended by its number of requests
  nlohmann::json cpu = nlohmann::json::array();
  for (std::size_t i = 0; i < times_after_.size(); ++i) cpu.push_back(times_after_[i] - times_before_[i]);
  return {{"count", count_},
          {"seconds", static_cast<double>(measured_to_ - measured_from_) / 1e9},
          {"p50_us", percentile(0.5)},
          {"p99_us", percentile(0.99)},
          {"cpu_ns", cpu},
          {"failures", failures_},
          {"first_failure", first_failure_}};
}

std::vector<std::int64_t> Record::process_times() const {
  std::vector<std::int64_t> times{own_time()};
  for (const int process : observed_) times.push_back(process_time(process));
  return times;
}

double Record::percentile(double share) {
  if (latencies_.empty()) return 0;
  const auto place = latencies_.begin() + static_cast<std::ptrdiff_t>(share * static_cast<double>(latencies_.size()));
  std::ranges::nth_element(latencies_, place);
  return static_cast<double>(*place) / 1e3;
}

}  // namespace pointsman::bench
