#include "pointsman/access/quotas.hpp"

#include <utility>

namespace pointsman::access {

std::vector<std::shared_ptr<Quota>> Quotas::of(const std::vector<config::Key>& keys, WallTime now,
                                               const SpentSince& spent_since) {
  std::vector<std::shared_ptr<Quota>> quotas;
  std::map<std::string, Known> by_name;
  for (const auto& key : keys) {
    if (key.limits == config::KeyLimits()) {
      quotas.emplace_back();
      continue;
    }
    auto& known = by_name[key.name];
    if (!known.quota) known = std::move(by_name_[key.name]);
    if (!known.quota) known.quota = std::make_shared<Quota>();
    if (known.limits != key.limits) {
      const auto spent = [&](std::uint64_t before, std::uint64_t limit, Budget::Period period) {
        return before == 0 && limit != 0 ? spent_since(key.name, Budget::begin_of(period, now)) : 0;
      };
      const auto& before = known.limits;
      known.quota->use(key.limits,
                       {spent(before.tokens_per_day, key.limits.tokens_per_day, Budget::Period::day),
                        spent(before.tokens_per_month, key.limits.tokens_per_month, Budget::Period::month)},
                       now);
      known.limits = key.limits;
    }
    quotas.push_back(known.quota);
  }
  by_name_ = std::move(by_name);
  return quotas;
}

}  // namespace pointsman::access
