#include "load_state.hpp"

namespace pointsman::api {
namespace {

using Json = nlohmann::ordered_json;

Json limit(std::uint32_t most) { return most == 0 ? Json() : Json(most); }

Json state(const registry::Breaker& breaker, MonotonicTime now) {
  if (breaker.is_closed()) return {{"state", "closed"}};
  if (!breaker.is_open(now)) return {{"state", "half_open"}};
  return {{"state", "open"}, {"for_ms", (breaker.until() - now).count()}};
}

}  // namespace

void add_load_state(const registry::SnapshotEndpoint& endpoint, MonotonicTime now, Json& json) {
  json["in_flight"] = endpoint.load->in_flight.load();
  json["max_concurrent"] = limit(endpoint.max_concurrent);
  json["breaker"] = state(endpoint.load->breaker, now);
  Json models = Json::array();
  for (const auto& model : endpoint.models) {
    if (model.max_concurrent == 0 && model.load->breaker.is_closed()) continue;
    Json each{{"model", model.name}};
    // Where there is no limit nobody counts.
    each["in_flight"] = model.max_concurrent == 0 ? Json() : Json(model.load->in_flight.load());
    each["max_concurrent"] = limit(model.max_concurrent);
    each["breaker"] = state(model.load->breaker, now);
    models.push_back(std::move(each));
  }
  json["model_states"] = std::move(models);
}

Json queue_states(const std::vector<proxy::QueueLength>& queues) {
  Json result = Json::array();
  for (const auto& queue : queues) result.push_back({{"model", queue.model}, {"waiting", queue.waiting}});
  return result;
}

}  // namespace pointsman::api
