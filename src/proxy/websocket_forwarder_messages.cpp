// The part of the WebSocketForwarder that knows what a client may say once there is an endpoint.
#include "pointsman/payload/splice.hpp"
#include "pointsman/proxy/refusal.hpp"
#include "websocket_forwarder_parts.hpp"

namespace pointsman::proxy {
namespace {

http::ErrorAnswer kept_by_another(const Request& request) {
  const bool is_response = request.fields.previous_response.has_value();
  auto answer = invalid_message(400,
                                "Another endpoint than that of this connection keeps what the message goes on with. "
                                "Go on with it over a connection of its own.",
                                is_response ? "previous_response_id" : "conversation");
  answer.code = "kept_elsewhere";
  return answer;
}

http::ErrorAnswer not_here(std::string_view model) {
  auto answer = invalid_message(400,
                                "The endpoint of this connection does not offer the model '" + std::string(model) +
                                    "' over WebSocket. Use it over a connection of its own.",
                                "model");
  answer.code = "model_elsewhere";
  return answer;
}

// Over WebSocket no model stands in for another.
struct NoOtherModel final : Permission {
  bool covers(std::string_view /*model*/) const override { return false; }
};
const NoOtherModel no_other_model;

}  // namespace

Request WebSocketForwarder::request_of(const CreateMessage& message, std::string_view text, std::string_view model,
                                       const WebSocketClient& who) {
  return {.api = registry::Api::responses_websocket,
          .body = text,
          .plain = text,
          .fields = message.fields,
          .notation = payload::Notation::json,
          .model = model,
          .key = who.key,
          .may_try_unknown = who.may_try_unknown,
          .request_id = who.request_id,
          .permission = no_other_model};
}

std::string WebSocketForwarder::spliced(const CreateMessage& message, std::string_view text, std::string_view name) {
  const auto spliced = payload::splice(text, message.fields, name);
  std::string result;
  for (const auto piece : spliced.pieces()) result += piece;
  return result;
}

net::Task<MessageJudge::Verdict> WebSocketForwarder::Judge::judge(std::string_view text) {
  CreateMessage message;
  if (!message.read(forwarder_.scanner_, text)) co_return refused(*message.refusal);
  const std::string_view model = message.model.empty() ? model_ : message.model;
  if (auto refusal = who_.account.refusal_of(message, model, text.size())) co_return refused(*refusal);
  auto verdict = co_await place(message, text);
  who_.account.let_in(verdict.refusal.empty());
  co_return verdict;
}

// What a message that the client may send says to the endpoint that is here.
net::Task<MessageJudge::Verdict> WebSocketForwarder::Judge::place(const CreateMessage& message, std::string_view text) {
  const auto snapshot = forwarder_.snapshot();
  const auto* model = snapshot->find(message.model.empty() ? model_ : message.model);
  const auto is_here = [&](const registry::Candidate& each) {
    return snapshot->endpoints[each.endpoint].name == endpoint_;
  };
  std::span<const registry::Candidate> candidates;
  if (model != nullptr) candidates = model->candidates[registry::Api::responses_websocket];
  const auto here = std::ranges::find_if(candidates, is_here);
  const bool is_request = !message.model.empty() || message.fields.previous_response || message.fields.conversation;
  if (here == candidates.end()) {
    // Its model may have gone from the list meanwhile: what names nothing can do no harm.
    if (!is_request) co_return Verdict();
    co_return refused(not_here(message.model.empty() ? model_ : message.model));
  }
  const auto request = request_of(message, text, model->id, who_);
  const std::string_view name_here = model->names[here->name];
  const auto bound = co_await forwarder_.forwarder_.bind(request, *snapshot, candidates);
  if (bound && bound->refusal) co_return refused(*bound->refusal);
  if (bound && std::ranges::none_of(bound->candidates, is_here)) co_return refused(kept_by_another(request));
  Verdict verdict;
  if (!message.model.empty() && message.model != name_here) verdict.instead = spliced(message, text, name_here);
  co_return verdict;
}

MessageJudge::Verdict WebSocketForwarder::Judge::refused(const http::ErrorAnswer& answer) {
  return {.refusal = error_event(answer), .instead = {}};
}

}  // namespace pointsman::proxy
