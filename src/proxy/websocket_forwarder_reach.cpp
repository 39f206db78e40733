#include <array>

#include "pointsman/proxy/asked_pause.hpp"
#include "pointsman/proxy/refusal.hpp"
#include "websocket_forwarder_parts.hpp"

namespace pointsman::proxy {

using registry::Api;

// nullptr: the outcome says why.
net::Task<std::unique_ptr<WebSocketForwarder::Reached>> WebSocketForwarder::reach(
    http::Connection& client, Api api, std::string_view model, HeadFor head_for, const Request* request,
    observe::Trace* trace, Outcome& outcome) {
  auto snapshot = forwarder_.snapshot();
  const auto* found = snapshot->find(model);
  if (found == nullptr) {
    co_await forwarder_.refresh_models();
    snapshot = forwarder_.snapshot();
    found = snapshot->find(model);
  }
  if (found != nullptr) outcome.model_number = found->number;
  if (found == nullptr || found->candidates[api].empty()) {
    refuse(outcome, found == nullptr ? unknown_model(*snapshot, model) : unsupported_api(*found, api));
    co_return nullptr;
  }
  std::span<const registry::Candidate> candidates = found->candidates[api];
  std::unique_ptr<Forwarder::Bound> bound;
  if (request != nullptr) bound = co_await forwarder_.bind(*request, *snapshot, candidates);
  if (bound) candidates = bound->candidates;
  if (bound && bound->refusal) {
    refuse(outcome, *bound->refusal);
    co_return nullptr;
  }
  routing::Tried tried;
  for (std::uint32_t number = 1;; ++number) {
    routing::Place place(forwarder_.vacancies());
    const auto choice = forwarder_.choose(balancer_, *snapshot, candidates, tried,
                                          {.policy = found->policy, .now = worker_.now()}, &place);
    if (choice.kind != routing::Choice::Kind::chosen) {
      const bool full = choice.kind == routing::Choice::Kind::all_full;
      const auto down = [&] { return bound ? bound->when_down : no_healthy_endpoint(model, api); };
      if (!full) forwarder_.note_wanted(*snapshot, candidates);
      if (!outcome.error) refuse(outcome, full ? all_full(model) : down());
      co_return nullptr;
    }
    auto reached =
        std::make_unique<Reached>(snapshot, choice.candidate, found->names[choice.candidate.name], std::move(place));
    const auto& endpoint = reached->endpoint;
    outcome.endpoint = endpoint.name;
    outcome.endpoint_number = endpoint.number;
    reached->trial = forwarder_.begin_trial(*snapshot, choice.candidate);
    outcome.served_model.reset();
    if (reached->name != model) outcome.served_model = std::string(reached->name);
    begin_span(trace, endpoint, endpoint.url.base_path, registry::row(api).path, reached->name);
    const std::string head = head_for(endpoint, reached->name);
    const std::array whole{net::asio::const_buffer(head.data(), head.size())};
    auto& exchange = reached->exchange.emplace(worker_, pool_, limits_, endpoint);
    exchange.expect_upgrade();
    reached->listening.emplace(client, exchange);
    const auto answered = co_await exchange.send(whole, false);
    if (answered) {
      forwarder_.note_reached(endpoint);
      if (trace != nullptr) trace->head_came(exchange.came_at(), (*answered)->status);
      reached->head = *answered;
      outcome.error.reset();
      outcome.cause = {};
      outcome.detail.reset();
      co_return reached;
    }
    const Error& failure = answered.error();
    end_span(trace, &failure, outcome);
    conclude(*reached, {routing::judge(failure).finding});
    outcome.error.reset();
    forwarder_.note_failure(failure, endpoint, outcome);
    if (!failure.may_retry || number == snapshot->rules->routing.attempts) co_return nullptr;
    tried.push_back(choice.candidate.endpoint);
  }
}

// What the answer to a handshake says of its endpoint; `accepts`: it is a 101 that belongs to it.
routing::Judgement WebSocketForwarder::judge(const Reached& reached, bool accepts) const {
  const int status = reached.head->status;
  if (accepts) return {};
  if (status == 101) return {routing::Finding::fault};
  if (status < 400) return {routing::Finding::neither};
  return routing::judge(status, asked_pause(*reached.head, worker_.clock().wall()));
}

void WebSocketForwarder::conclude(const Reached& reached, const routing::Judgement& judgement, std::string_view text) {
  forwarder_.conclude(*reached.snapshot, reached.candidate, reached.name, reached.trial,
                      {judgement.finding, judgement.pause, text});
}

}  // namespace pointsman::proxy
