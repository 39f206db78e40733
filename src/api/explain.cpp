#include "pointsman/api/explain.hpp"

#include <nlohmann/json.hpp>

#include "pointsman/api/query.hpp"
#include "pointsman/proxy/refusal.hpp"
#include "pointsman/routing/explanation.hpp"

namespace pointsman::api {
namespace {

using Json = nlohmann::ordered_json;
using routing::Explanation;

Error wrong(std::string message) { return {ErrorCode::invalid_input, Origin::client, false, std::move(message)}; }

// What the client is told when no endpoint is tried: the very answer that it gets.
http::ErrorAnswer refusal(const registry::Snapshot& snapshot, std::string_view model, registry::Api api,
                          Explanation::Outcome outcome) {
  // Over WebSocket it may be a 426 as well: where no model has the API.
  switch (outcome) {
    case Explanation::Outcome::api_missing: return proxy::unsupported_api(*snapshot.find(model), api);
    case Explanation::Outcome::none_up: return proxy::no_healthy_endpoint(model, api);
    case Explanation::Outcome::all_full: return proxy::all_full(model);
    default: return proxy::unknown_model(snapshot, model);
  }
}

Json parts(const registry::Snapshot& snapshot, const std::vector<routing::Part>& parts) {
  Json result = Json::array();
  for (const auto& part : parts) {
    Json item{{"endpoint", snapshot.endpoints[part.endpoint].name}};
    item["model"] = part.name_there.empty() ? Json() : Json(part.name_there);
    if (part.kind != routing::Part::Kind::tried) item["reason"] = name(part.kind);
    item["why"] = part.why;
    result.push_back(std::move(item));
  }
  return result;
}

}  // namespace

std::string api_names() {
  std::string names;
  for (const auto& row : registry::api_table) names += (names.empty() ? "" : ", ") + std::string(row.name);
  return names;
}

Result<std::string> explain_body(const registry::Snapshot& snapshot, std::string_view query, MonotonicTime now) {
  const auto model = query_parameter(query, "model");
  const auto api_name = query_parameter(query, "api");
  if (!model || model->empty() || !api_name) {
    return wrong("The query needs a model and an API: /explain?model=MODEL&api=API, where API is one of " +
                 api_names() + ".");
  }
  const auto api = registry::api_named(*api_name);
  if (!api) return wrong("There is no API '" + *api_name + "'; write one of " + api_names() + ".");

  const auto explanation = routing::explain(snapshot, *model, *api, now);
  Json body{{"model", *model}, {"api", *api_name}, {"attempts", snapshot.rules->routing.attempts}};
  body["tried"] = parts(snapshot, explanation.tried);
  body["not_tried"] = parts(snapshot, explanation.not_tried);
  if (explanation.outcome != Explanation::Outcome::tried) {
    const auto answer = refusal(snapshot, *model, *api, explanation.outcome);
    body["answer"] = {{"status", answer.status}, {"code", answer.code}, {"message", answer.message}};
  }
  const auto& queue = snapshot.rules->queue;
  if (explanation.outcome == Explanation::Outcome::all_full && queue.length != 0) {
    body["queue"] = {{"length", queue.length}, {"wait_ms", queue.wait.count()}};
  }
  const auto& fallbacks = snapshot.rules->models.fallbacks;
  if (const auto found = fallbacks.find(*model); found != fallbacks.end()) body["fallbacks"] = found->second;
  if (explanation.outcome == Explanation::Outcome::model_unknown) body["nearest"] = explanation.nearest;
  return body.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace pointsman::api
