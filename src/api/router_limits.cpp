// The part of the Router that knows what keys may take.
#include "pointsman/api/rate_limit.hpp"
#include "router_visit.hpp"

namespace pointsman::api {

// Who guesses keys is slowed.
Milliseconds Router::pause_after_failure(http::Connection& client, const Visit& visit) {
  if (!visit.has_wrong_key) return Milliseconds(0);
  const auto peer = client.peer();
  return failed_attempts_.note(access::guesser_at(*peer.data()), client.worker().now());
}

// Nothing: the key's limits allow it, or it has none, and the visit holds what it takes.
Seldom<http::ErrorAnswer> Router::refused_by_limits(http::Connection& client, Visit& visit,
                                                    const access::Demand& demand) {
  auto* const quota = visit.key == nullptr ? nullptr : visit.keys->quota_of(*visit.key);
  if (quota == nullptr) return {};
  Admission admission;
  auto& standing = admission.standing;
  const auto denial = quota->take(demand, access::Moment(client.worker().clock()), admission.allowance, standing);
  if (denial) {
    metrics_.count(denial->limit);
    return rate_limited(*denial, standing, visit.key->name);
  }
  visit.admission = std::move(admission);
  return {};
}

// What the request took of its key's limits, now that it is over. One that told no usage keeps its estimate, unless no
// endpoint did anything for it, or until somebody fetches the response that it began.
void Router::settle(http::Connection& client, Visit& visit) {
  if (!visit.admission) return;
  auto& allowance = visit.admission->allowance;
  const auto& outcome = visit.outcome;
  const bool is_in_vain = outcome.attempts == 0 || outcome.error || outcome.status >= 400;
  allowance.give_back();
  if (outcome.usage.is_told() || is_in_vain) {
    allowance.settle(tokens_of(outcome.usage), access::Moment(client.worker().clock()));
  } else if (outcome.background_id) {
    late_settlements_.await(*outcome.background_id, std::move(allowance));
  }
}

// What was fetched takes nothing itself, but may tell what the request took that began it.
void Router::settle_fetched(http::Connection& client, Visit& visit) {
  if (visit.admission) visit.admission->allowance.give_back();
  const auto& usage = visit.outcome.usage;
  if (visit.background != observe::Background::fetched || !usage.is_told()) return;
  late_settlements_.settle(visit.match.parameter, tokens_of(usage), access::Moment(client.worker().clock()));
}

// The fields of an answer that passes.
const proxy::RateLimits* Router::rate_limits_of(const Visit& visit) {
  return visit.admission ? &*visit.admission : nullptr;
}

}  // namespace pointsman::api
