#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "pointsman/base/clock.hpp"

namespace pointsman::daemon {

// When all endpoints are probed out of turn, because a request named a model that nobody has, and when that is over:
// when of each endpoint a probe has ended that began after the question. No I/O and no clock; not thread-safe.
class Refresh {
 public:
  // From the beginning of one to that of the next: names that nobody has cost the endpoints this much at most.
  static constexpr Milliseconds at_most_every{10'000};
  // A client waits for it.
  static constexpr Milliseconds lasts_at_most{2'000};

  enum class Admission {
    begun,    // probe all of them now
    joined,   // one is under way
    refused,  // the last one is over, but was too short a time ago
  };

  Admission ask(const std::vector<std::string>& endpoints, MonotonicTime now);

  void probe_began(const std::string& endpoint);
  void probe_ended(const std::string& endpoint);

  // True from the last probe's end on, until end(). A refresh that waits for nobody is over at once.
  bool is_over() const { return under_way_ && waiting_.empty(); }
  bool is_under_way() const { return under_way_; }
  void end();

 private:
  bool under_way_ = false;
  std::optional<MonotonicTime> last_;
  std::map<std::string, bool> waiting_;  // whether a probe that counts has begun
};

}  // namespace pointsman::daemon
