#include "pointsman/daemon/refresh.hpp"

namespace pointsman::daemon {

Refresh::Admission Refresh::ask(const std::vector<std::string>& endpoints, MonotonicTime now) {
  if (under_way_) return Admission::joined;
  if (last_ && now - *last_ < at_most_every) return Admission::refused;
  last_ = now;
  under_way_ = true;
  for (const auto& endpoint : endpoints) waiting_.emplace(endpoint, false);
  return Admission::begun;
}

void Refresh::probe_began(const std::string& endpoint) {
  if (const auto found = waiting_.find(endpoint); found != waiting_.end()) found->second = true;
}

void Refresh::probe_ended(const std::string& endpoint) {
  if (const auto found = waiting_.find(endpoint); found != waiting_.end() && found->second) waiting_.erase(found);
}

void Refresh::end() {
  under_way_ = false;
  waiting_.clear();
}

}  // namespace pointsman::daemon
