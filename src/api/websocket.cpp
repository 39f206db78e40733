#include "pointsman/api/websocket.hpp"

#include <algorithm>

#include "pointsman/access/key_ring.hpp"
#include "pointsman/api/answers.hpp"
#include "pointsman/api/query.hpp"
#include "pointsman/http/websocket_handshake.hpp"
#include "websocket_account.hpp"

namespace pointsman::api {
namespace {

proxy::WebSocketOutcome refused(http::ErrorAnswer error) {
  proxy::WebSocketOutcome outcome;
  outcome.error = std::move(error);
  return outcome;
}

bool may_use(const config::Key* key, std::string_view model) { return key == nullptr || access::may_use(*key, model); }

bool is_offered(const registry::Snapshot& snapshot, registry::Api api, const config::Key* key) {
  return std::ranges::any_of(snapshot.models, [&](const registry::SnapshotModel& model) {
    return !model.candidates[api].empty() && may_use(key, model.id);
  });
}

http::ErrorAnswer not_offered(registry::Api api) {
  auto answer =
      upgrade_required("No endpoint offers the API '" + std::string(registry::row(api).name) + "' over WebSocket." +
                       (api == registry::Api::realtime ? "" : " Use POST /v1/responses over HTTP."));
  answer.code = "unsupported_api";
  return answer;
}

http::ErrorAnswer only_by_requests() {
  auto answer = upgrade_required(
      "A key that may use some models only cannot use Realtime: what its messages name is not checked.");
  answer.code = "unsupported_api";
  return answer;
}

}  // namespace

net::Task<proxy::WebSocketOutcome> answer_websocket(http::Connection& client, proxy::WebSocketForwarder& forwarder,
                                                    registry::Api api, const WebSocketVisitor& visitor) {
  const auto& head = client.head();
  if (!http::asks_for_websocket(head)) {
    co_return refused(upgrade_required("This route is taken with WebSocket: send 'Upgrade: websocket'."));
  }
  if (const auto rejection = http::judge_websocket(head)) {
    const std::string message = "The WebSocket handshake is refused: " + rejection->reason + ".";
    co_return refused(rejection->status == 426 ? upgrade_required(message) : bad_request(message, ""));
  }
  const auto snapshot = forwarder.snapshot();
  const auto* const key = visitor.key;
  if (!is_offered(*snapshot, api, key)) co_return refused(not_offered(api));

  const auto& clock = client.worker().clock();
  if (api == registry::Api::responses_websocket) {
    WebSocketAccount account(clock, visitor, forwarder, std::nullopt);
    const proxy::WebSocketClient who{key == nullptr ? std::string_view() : std::string_view(key->name),
                                     !visitor.is_shared, account, visitor.request_id, visitor.trace};
    co_return co_await forwarder.responses(client, who);
  }
  // Its messages are not read, and may name other models.
  const bool is_limited = key != nullptr && !key->models.empty();
  if (is_limited) co_return refused(only_by_requests());
  if (count_parameters(head.query, "model") > 1) {
    co_return refused(bad_request("The query names two models. Send one.", "model"));
  }
  const std::string model = query_parameter(head.query, "model").value_or(snapshot->default_models[api]);
  if (model.empty()) {
    co_return refused(
        bad_request("The query names no model: add '?model=' with one that GET /v1/models lists.", "model"));
  }
  const auto* const found = snapshot->find(model);
  WebSocketAccount account(clock, visitor, forwarder, found == nullptr ? std::nullopt : std::optional(found->number));
  co_return co_await forwarder.realtime(client, model, visitor.request_id, account, visitor.trace);
}

}  // namespace pointsman::api
