#include "pointsman/routing/queue.hpp"

#include <algorithm>
#include <cmath>

namespace pointsman::routing {
namespace {

constexpr double share_of_newest = 0.2;  // in the average pause
constexpr double least_patience_s = 1;
constexpr double most_patience_s = 60;  // the SDKs do not wait longer than that

double ms_between(MonotonicTime from, MonotonicTime to) { return static_cast<double>((to - from).count()); }

}  // namespace

Queue::Waiter* Queue::enter(Waiter& waiter, const Entry& entry, MonotonicTime now) {
  if (size_ == 0) last_ = now;
  ++size_;
  auto line = lines_.find(entry.line);
  if (line == lines_.end()) line = lines_.emplace(entry.line, Line()).first;
  Groups& groups = line->second.by_priority[entry.priority];
  auto group = std::find_if(groups.begin(), groups.end(), [&](const Group& each) { return each.key == entry.key; });
  if (group == groups.end()) group = groups.insert(groups.end(), Group{std::string(entry.key), {}});
  waiter.line_ = line;
  waiter.priority_ = entry.priority;
  waiter.group_ = group;
  waiter.position_ = group->waiters.insert(group->waiters.end(), &waiter);
  const bool is_alone = line->second.by_priority.size() == 1 && groups.size() == 1 && group->waiters.size() == 1;
  return is_alone ? call(line->second) : nullptr;
}

void Queue::looks_at(const Waiter& waiter, Endpoints endpoints) {
  waiter.line_->second.endpoints = std::move(endpoints);
}

Queue::Waiter* Queue::found_none(const Waiter& waiter) {
  Line& line = waiter.line_->second;
  line.called = nullptr;
  return line.call_again ? call(line) : nullptr;
}

Queue::Waiter* Queue::leave(const Waiter& waiter, bool with_place, MonotonicTime now) {
  --size_;
  if (with_place) {
    const double pause = ms_between(last_, now);
    pause_ms_ = pause_ms_ ? *pause_ms_ + share_of_newest * (pause - *pause_ms_) : pause;
    last_ = now;
  }
  Line& line = waiter.line_->second;
  const auto of_priority = line.by_priority.find(waiter.priority_);
  Groups& groups = of_priority->second;
  waiter.group_->waiters.erase(waiter.position_);
  if (waiter.group_->waiters.empty()) {
    groups.erase(waiter.group_);
  } else if (with_place) {
    groups.splice(groups.end(), groups, waiter.group_);
  }
  if (groups.empty()) line.by_priority.erase(of_priority);
  if (line.by_priority.empty()) {
    lines_.erase(waiter.line_);
    return nullptr;
  }
  if (line.called != &waiter) return nullptr;
  line.called = nullptr;
  return call(line);
}

std::vector<Queue::Waiter*> Queue::freed(const registry::EndpointLoad& endpoint) {
  std::vector<Waiter*> called;
  for (auto& [name, line] : lines_) {
    if (std::find(line.endpoints.begin(), line.endpoints.end(), &endpoint) == line.endpoints.end()) continue;
    if (auto* waiter = call(line)) called.push_back(waiter);
  }
  return called;
}

std::vector<Queue::Waiter*> Queue::look_again() {
  std::vector<Waiter*> called;
  for (auto& [name, line] : lines_) {
    if (auto* waiter = call(line)) called.push_back(waiter);
  }
  return called;
}

std::chrono::seconds Queue::patience_needed(MonotonicTime now) const {
  // Where nobody had a turn for longer than usual, it has become slower.
  const double pause_ms = std::max(pause_ms_.value_or(0), ms_between(last_, now));
  const double seconds = size_ == 0 ? 0 : std::ceil(pause_ms * static_cast<double>(size_) / 1000);
  return std::chrono::seconds(static_cast<std::int64_t>(std::clamp(seconds, least_patience_s, most_patience_s)));
}

Queue::Waiter* Queue::call(Line& line) {
  line.call_again = line.called != nullptr;
  if (line.call_again) return nullptr;
  return line.called = line.by_priority.begin()->second.front().waiters.front();
}

}  // namespace pointsman::routing
