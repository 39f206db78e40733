#include "pointsman/access/rolling_minute.hpp"

#include <algorithm>

namespace pointsman::access {

// Forgets what is old enough by now, and returns the time that everybody has seen.
MonotonicTime RollingMinute::at(MonotonicTime now) {
  latest_ = std::max(latest_, now);
  const auto is_kept = [&](const Run& run) { return run.last + span > latest_; };
  const auto kept = std::ranges::find_if(runs_, is_kept);
  for (auto run = runs_.begin(); run != kept; ++run) used_ -= run->amount;
  runs_.erase(runs_.begin(), kept);
  return latest_;
}

std::uint64_t RollingMinute::remaining(MonotonicTime now) {
  at(now);
  return used_ < limit_ ? limit_ - used_ : 0;
}

Milliseconds RollingMinute::wait_for(std::uint64_t amount, MonotonicTime now) {
  if (!is_limited()) return Milliseconds(0);
  const auto time = at(now);
  const auto needed = std::min(amount, limit_);
  if (used_ + needed <= limit_) return Milliseconds(0);
  const auto missing = used_ + needed - limit_;
  std::uint64_t freed = 0;
  for (const auto& run : runs_) {
    freed += run.amount;
    if (freed >= missing) return run.last + span - time;
  }
  return span;
}

Milliseconds RollingMinute::until_full(MonotonicTime now) {
  const auto time = at(now);
  return used_ == 0 ? Milliseconds(0) : runs_.back().last + span - time;
}

void RollingMinute::add(std::uint64_t amount, MonotonicTime now) {
  const auto time = at(now);
  if (runs_.empty() || time >= runs_.back().first + longest_run) runs_.push_back({time, time, 0});
  runs_.back().last = time;
  runs_.back().amount += amount;
  used_ += amount;
}

void RollingMinute::take(std::uint64_t amount, MonotonicTime now) {
  if (is_limited() && amount > 0) add(std::min(amount, limit_), now);
}

void RollingMinute::settle(std::uint64_t taken, MonotonicTime taken_at, std::uint64_t spent, MonotonicTime now) {
  if (!is_limited()) return;
  at(now);
  const auto counted = std::min(taken, limit_);
  if (spent > counted) return add(spent - counted, now);
  const auto run = std::ranges::find_if(runs_, [&](const Run& each) { return taken_at <= each.last; });
  if (run == runs_.end() || taken_at < run->first) return;
  const auto back = std::min(counted - spent, run->amount);
  run->amount -= back;
  used_ -= back;
}

}  // namespace pointsman::access
