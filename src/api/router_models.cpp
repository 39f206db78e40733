// The part of the Router that tells which models there are.
#include "pointsman/api/answers.hpp"
#include "pointsman/api/models.hpp"
#include "pointsman/api/query.hpp"
#include "router_visit.hpp"

namespace pointsman::api {
namespace {

// What a flag in a query says; nothing if that is neither yes nor no.
std::optional<bool> flag(std::string_view value) {
  if (value == "true" || value == "1") return true;
  if (value == "false" || value == "0") return false;
  return std::nullopt;
}

}  // namespace

net::Task<> Router::answer_models(http::Connection& client, Visit& visit) {
  const auto written = query_parameter(client.head().query, "verbose");
  const auto verbose = written ? flag(*written) : false;
  if (!verbose) {
    co_await answer_error(client, visit,
                          bad_request("'verbose' in the query must be true or 1, or else false or 0.", "verbose"));
    co_return;
  }
  std::optional<WallTime> now;
  if (*verbose) now = client.worker().clock().wall();
  const auto snapshot = forwarder_.snapshot();
  std::string text;
  if (visit.match.route->kind == RouteKind::models) {
    ModelList list(*snapshot, visit.key, now);
    while (list.add_some()) co_await client.worker().end_of_turn();
    text = list.take();
  } else {
    const auto* model = snapshot->find(visit.match.parameter);
    if (model == nullptr || !may_see(*snapshot, *model, visit.key)) {
      co_await answer_error(client, visit, unknown_model_id(visit.match.parameter));
      co_return;
    }
    visit.model = model->id;
    text = model_body(*snapshot, *model, visit.key, now);
  }
  visit.outcome.status = 200;
  const auto more = visit.decision ? visit.decision->fields(std::chrono::steady_clock::now()) : std::string();
  visit.outcome.body_bytes = co_await answer_json(client, 200, text, visit.id.text(), more);
}

}  // namespace pointsman::api
