#include "pointsman/routing/place.hpp"

namespace pointsman::routing {
namespace {

bool took_one(std::atomic<std::uint32_t>& in_flight, std::uint32_t most) {
  if (most == 0) {
    ++in_flight;
    return true;
  }
  std::uint32_t seen = in_flight;
  while (seen < most) {
    if (in_flight.compare_exchange_weak(seen, seen + 1)) return true;
  }
  return false;
}

}  // namespace

bool Place::take(const registry::SnapshotEndpoint& endpoint, const registry::Candidate& candidate) {
  give_back();
  if (!took_one(endpoint.load->in_flight, endpoint.max_concurrent)) return false;
  endpoint_ = endpoint.load.get();
  if (!candidate.is_limited) return true;
  const auto& model = endpoint.models[candidate.model];
  if (took_one(model.load->in_flight, model.max_concurrent)) {
    model_ = model.load.get();
    return true;
  }
  // Somebody may have seen the endpoint full because of us.
  give_back();
  return false;
}

void Place::give_back() {
  if (endpoint_ == nullptr) return;
  if (model_ != nullptr) --std::exchange(model_, nullptr)->in_flight;
  auto& endpoint = *std::exchange(endpoint_, nullptr);
  --endpoint.in_flight;
  if (vacancies_ != nullptr && vacancies_->are_awaited()) vacancies_->freed(endpoint);
}

}  // namespace pointsman::routing
