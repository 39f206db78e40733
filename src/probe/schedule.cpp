#include "pointsman/probe/schedule.hpp"

#include <algorithm>

namespace pointsman::probe {

Schedule::Schedule(Milliseconds interval, std::uint64_t seed) : interval_(interval), random_(seed) {}

void Schedule::set_interval(Milliseconds interval, MonotonicTime now) {
  interval_ = interval;
  for (auto& [name, turn] : turns_) turn.due = std::min(turn.due, now + interval);
}

void Schedule::set_endpoints(const std::vector<std::string>& names, MonotonicTime now) {
  std::map<std::string, Turn, std::less<>> turns;
  for (const auto& name : names) {
    const auto before = turns_.find(name);
    turns.emplace(name, before == turns_.end() ? Turn{.due = now} : before->second);
  }
  turns_ = std::move(turns);
}

std::vector<std::string> Schedule::begin_due(MonotonicTime now) {
  std::vector<std::string> names;
  for (auto& [name, turn] : turns_) {
    if (turn.under_way || turn.due > now) continue;
    turn.under_way = true;
    names.push_back(name);
  }
  return names;
}

void Schedule::finished(std::string_view name, MonotonicTime now) {
  const auto found = turns_.find(name);
  if (found == turns_.end()) return;
  Turn& turn = found->second;
  const MonotonicTime usual = now + jittered();
  turn = {.due = turn.again ? std::max(now, std::min(usual, *turn.again)) : usual};
}

bool Schedule::hurry(std::string_view name, MonotonicTime by) {
  const auto found = turns_.find(name);
  if (found == turns_.end()) return false;
  Turn& turn = found->second;
  if (turn.under_way) {
    turn.again = std::min(by, turn.again.value_or(by));
    return false;
  }
  const bool is_sooner = by < turn.due;
  turn.due = std::min(turn.due, by);
  return is_sooner;
}

std::optional<MonotonicTime> Schedule::next() const {
  std::optional<MonotonicTime> soonest;
  for (const auto& [name, turn] : turns_) {
    if (!turn.under_way && (!soonest || turn.due < *soonest)) soonest = turn.due;
  }
  return soonest;
}

Milliseconds Schedule::jittered() {
  const auto tenth = interval_.count() / 10;
  const auto steps = static_cast<std::uint64_t>(2 * tenth + 1);
  return interval_ - Milliseconds(tenth) + Milliseconds(random_() % steps);
}

}  // namespace pointsman::probe
