#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "plan.hpp"

namespace pointsman::bench {

// What was seen between the end of the warm-up and the end, and what the observed processes computed meanwhile.
class Record {
 public:
  explicit Record(const Plan& plan);

  std::int64_t begin() const { return begin_; }
  std::int64_t end() const { return end_; }
  bool counts(std::int64_t time) const { return time >= begin_ && time < end_; }

  // To be called in every turn of a load's loop: takes the processes' times when the warm-up is over. False: the end.
  bool goes_on(std::int64_t now);

  void done() { ++count_; }
  void done(std::int64_t latency) {
    ++count_;
    latencies_.push_back(latency);
  }
  void failed(const std::string& what);

  nlohmann::json report();

 private:
  std::vector<std::int64_t> process_times() const;
  double percentile(double share);

  std::vector<int> observed_;
  std::int64_t begin_;
  std::int64_t end_;
  std::int64_t measured_from_ = 0;
  std::int64_t measured_to_ = 0;
  std::vector<std::int64_t> times_before_;
  std::vector<std::int64_t> times_after_;
  std::uint64_t count_ = 0;
  std::vector<std::int64_t> latencies_;
  std::uint64_t failures_ = 0;
  std::string first_failure_;
};

}  // namespace pointsman::bench
