#include "pointsman/access/quota.hpp"

#include <algorithm>
#include <array>

#include "pointsman/access/glob.hpp"

namespace pointsman::access {
namespace {

// When a request under way ends, nobody knows.
constexpr Milliseconds wait_for_a_place{1'000};

// An endpoint that says more was wrong, and shall not make the sums overflow.
constexpr std::uint64_t most_tokens = 1'000'000'000'000;

using Amount = std::optional<Standing::Amount>;

void show_least(RollingMinute& minute, MonotonicTime now, Amount& least) {
  if (!minute.is_limited()) return;
  const auto remaining = minute.remaining(now);
  if (!least || remaining < least->remaining) least = {minute.limit(), remaining, minute.until_full(now)};
}

}  // namespace

// Of the whole key, or of the models that a glob names.
struct Allowance::Meter {
  std::string models;
  RollingMinute requests;
  RollingMinute tokens;
  std::uint64_t concurrent = 0;
  std::uint64_t running = 0;
};

std::string_view name(Limit limit) {
  static constexpr std::array<std::string_view, limit_count> names{"rpm", "tpm", "concurrent", "day", "month"};
  return names[static_cast<std::size_t>(limit)];
}

Quota::Quota() { meters_.push_back(std::make_shared<Meter>()); }
Quota::~Quota() = default;

void Quota::use(const config::KeyLimits& limits, const Spent& spent, WallTime now) {
  const std::scoped_lock lock(mutex_);
  std::vector<std::shared_ptr<Meter>> meters;
  const auto add = [&](const std::string& models, const auto& rates) {
    const auto known = std::ranges::find(meters_, models, [](const auto& meter) { return meter->models; });
    auto& meter = *meters.emplace_back(known == meters_.end() ? std::make_shared<Meter>() : *known);
    meter.models = models;
    meter.requests.set_limit(rates.requests_per_minute);
    meter.tokens.set_limit(rates.tokens_per_minute);
    meter.concurrent = rates.concurrent;
  };
  add("", limits);
  for (const auto& each : limits.models) add(each.models, each);
  meters_ = std::move(meters);
  const auto set = [&](Budget& budget, std::uint64_t limit, std::uint64_t spent_before) {
    const bool is_new = !budget.is_limited() && limit != 0;
    budget.set_limit(limit);
    if (is_new) budget.begin(spent_before, now);
  };
  set(day_, limits.tokens_per_day, spent.day);
  set(month_, limits.tokens_per_month, spent.month);
}

std::vector<std::shared_ptr<Quota::Meter>> Quota::meters_for(std::string_view model) const {
  std::vector<std::shared_ptr<Meter>> meters{meters_.front()};
  for (std::size_t i = 1; i < meters_.size() && !model.empty(); ++i) {
    if (glob_matches(meters_[i]->models, model)) meters.push_back(meters_[i]);
  }
  return meters;
}

std::optional<Denial> Quota::take(const Demand& demand, const Moment& now, Allowance& allowance, Standing& standing) {
  const auto tokens = std::min(demand.tokens, most_tokens);
  const std::scoped_lock lock(mutex_);
  auto meters = meters_for(demand.model);
  std::optional<Denial> denial;
  const auto ask = [&](Limit limit, std::uint64_t amount, const std::string& models, Milliseconds wait) {
    if (wait > Milliseconds(0) && (!denial || wait > denial->wait)) denial = Denial{limit, amount, models, wait};
  };
  for (const auto& meter : meters) {
    const bool is_full = demand.takes_place && meter->concurrent != 0 && meter->running >= meter->concurrent;
    ask(Limit::concurrent, meter->concurrent, meter->models, is_full ? wait_for_a_place : Milliseconds(0));
    ask(Limit::requests_per_minute, meter->requests.limit(), meter->models,
        meter->requests.wait_for(demand.requests, now.monotonic));
    ask(Limit::tokens_per_minute, meter->tokens.limit(), meter->models, meter->tokens.wait_for(tokens, now.monotonic));
  }
  ask(Limit::tokens_per_day, day_.limit(), "", day_.wait(now.wall));
  ask(Limit::tokens_per_month, month_.limit(), "", month_.wait(now.wall));
  if (!denial) {
    for (const auto& meter : meters) {
      if (demand.takes_place) ++meter->running;
      meter->requests.take(demand.requests, now.monotonic);
      meter->tokens.take(tokens, now.monotonic);
    }
    day_.take(tokens, now.wall);
    month_.take(tokens, now.wall);
  }
  for (const auto& meter : meters) {
    show_least(meter->requests, now.monotonic, standing.requests);
    show_least(meter->tokens, now.monotonic, standing.tokens);
  }
  if (!denial) {
    allowance.quota_ = shared_from_this();
    allowance.meters_ = std::move(meters);
    allowance.has_place_ = demand.takes_place;
    allowance.tokens_ = tokens;
    allowance.taken_at_ = now.monotonic;
    allowance.taken_on_ = now.wall;
  }
  return denial;
}

std::vector<LimitState> Quota::states(const Moment& now) {
  const std::scoped_lock lock(mutex_);
  std::vector<LimitState> states;
  const auto add_minute = [&](Limit limit, RollingMinute& minute, const std::string& models) {
    if (!minute.is_limited()) return;
    // What was taken may be more than the limit; how much more nobody has to know.
    const auto taken = minute.limit() - std::min(minute.limit(), minute.remaining(now.monotonic));
    states.push_back({limit, minute.limit(), models, taken, minute.wait_for(1, now.monotonic)});
  };
  const auto add_budget = [&](Limit limit, Budget& budget) {
    if (budget.is_limited())
      states.push_back({limit, budget.limit(), "", budget.used(now.wall), budget.wait(now.wall)});
  };
  for (const auto& meter : meters_) {
    add_minute(Limit::requests_per_minute, meter->requests, meter->models);
    add_minute(Limit::tokens_per_minute, meter->tokens, meter->models);
    if (meter->concurrent == 0) continue;
    const auto wait = meter->running >= meter->concurrent ? wait_for_a_place : Milliseconds(0);
    states.push_back({Limit::concurrent, meter->concurrent, meter->models, meter->running, wait});
  }
  add_budget(Limit::tokens_per_day, day_);
  add_budget(Limit::tokens_per_month, month_);
  return states;
}

std::uint64_t Quota::running() {
  const std::scoped_lock lock(mutex_);
  return meters_.front()->running;
}

void Allowance::settle(std::uint64_t spent, const Moment& now) {
  if (!quota_) return;
  spent = std::min(spent, most_tokens);
  const std::scoped_lock lock(quota_->mutex_);
  for (const auto& meter : meters_) meter->tokens.settle(tokens_, taken_at_, spent, now.monotonic);
  quota_->day_.settle(tokens_, taken_on_, spent, now.wall);
  quota_->month_.settle(tokens_, taken_on_, spent, now.wall);
}

void Allowance::spend(std::uint64_t tokens, const Moment& now) {
  if (!quota_) return;
  tokens = std::min(tokens, most_tokens);
  const std::scoped_lock lock(quota_->mutex_);
  // What is more than a limit counts all the same: it was taken.
  for (const auto& meter : meters_) meter->tokens.settle(0, now.monotonic, tokens, now.monotonic);
  quota_->day_.take(tokens, now.wall);
  quota_->month_.take(tokens, now.wall);
}

void Allowance::give_back() {
  if (!has_place_) return;
  has_place_ = false;
  const std::scoped_lock lock(quota_->mutex_);
  for (const auto& meter : meters_) --meter->running;
}

}  // namespace pointsman::access
