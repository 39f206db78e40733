#include "pointsman/access/late_settlements.hpp"

#include <utility>

namespace pointsman::access {

void LateSettlements::await(std::string_view id, Allowance allowance) {
  allowance.give_back();
  const std::scoped_lock lock(mutex_);
  if (by_id_.contains(id)) return;
  if (awaited_.size() == capacity_) {
    by_id_.erase(awaited_.front().id);
    awaited_.pop_front();
  }
  awaited_.push_back({std::string(id), std::move(allowance)});
  by_id_.emplace(awaited_.back().id, std::prev(awaited_.end()));
}

bool LateSettlements::settle(std::string_view id, std::uint64_t spent, const Moment& now) {
  std::list<Awaited> settled;
  {
    const std::scoped_lock lock(mutex_);
    const auto found = by_id_.find(id);
    if (found == by_id_.end()) return false;
    settled.splice(settled.end(), awaited_, found->second);
    by_id_.erase(found);
  }
  settled.front().allowance.settle(spent, now);
  return true;
}

std::size_t LateSettlements::size() {
  const std::scoped_lock lock(mutex_);
  return awaited_.size();
}

}  // namespace pointsman::access
