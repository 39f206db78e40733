// The part of the Forwarder that finds a place at an endpoint, and waits for one where all are taken.
#include "forwarder_parts.hpp"
#include "pointsman/proxy/refusal.hpp"
#include "pointsman/routing/affinity.hpp"

namespace pointsman::proxy {
namespace {

using Kind = routing::Choice::Kind;

}  // namespace

// What least_loaded needs costs nothing.
routing::Occasion Forwarder::occasion(const Request& request, const registry::SnapshotModel& model) const {
  using registry::Policy;
  if (model.policy == Policy::least_loaded) return {};
  const bool has_affinity = model.policy == Policy::prefix_hash && request.notation == payload::Notation::json;
  return {.policy = model.policy,
          .affinity = has_affinity ? routing::affinity(request.key, request.model, request.plain) : 0,
          .now = worker_.now()};
}

// Those of one model that may go to the same endpoints wait in one line.
std::string Forwarder::line_of(const Request& request, const Prospect& prospect) {
  std::string line = std::to_string(static_cast<int>(request.api));
  if (!prospect.bound) return line;
  for (const auto& each : prospect.candidates) line += "," + prospect.snapshot->endpoints[each.endpoint].name;
  return line;
}

routing::Choice Forwarder::take_place(const Request& request, const Prospect& prospect, const routing::Tried& tried,
                                      routing::Place& place) {
  // Who was tried elsewhere waited already, if there was need to.
  if (waiting_room_.are_awaited() && tried.empty() && waiting_room_.has(request.model, line_of(request, prospect))) {
    return {.kind = Kind::all_full, .candidate = {}};
  }
  return balancer_.take(*prospect.snapshot, prospect.candidates, tried, occasion(request, *prospect.model), place);
}

// True: an endpoint is chosen, and a place there is taken; the prospect is that of this moment. False: the outcome says
// what came of it.
net::Task<bool> Forwarder::wait_for_place(http::Connection& client, const Request& request, Prospect prospect,
                                          routing::Choice& choice, routing::Place& place, Outcome& outcome) {
  const config::Queue rules = prospect.snapshot->rules->queue;
  const std::string line = line_of(request, prospect);
  Waiting waiting(waiting_room_, client, queue_counts_);
  const auto give_up = [&](http::ErrorAnswer answer) {
    const auto queued = outcome.queued;
    outcome = refused(std::move(answer));
    outcome.queued = queued;
    return false;
  };
  if (!waiting.enter(request.model, {line, request.key, request.priority}, rules.length, worker_.now() + rules.wait)) {
    queue_counts_.refused_full.add();
    co_return give_up(rules.length == 0
                          ? all_full(request.model)
                          : queue_full(request.model, waiting_room_.patience_needed(request.model, worker_.now())));
  }
  for (;;) {
    const auto news = co_await waiting.news();
    outcome.queued = waiting.so_far();
    if (news == Waiting::News::client_left) {
      outcome.cause = name(ErrorCode::cancelled);
      co_return false;
    }
    if (news == Waiting::News::too_long) {
      queue_counts_.refused_too_long.add();
      co_return give_up(queued_too_long(request.model, waiting_room_.patience_needed(request.model, worker_.now())));
    }
    if (auto refusal = co_await renew(request, prospect)) co_return give_up(*std::move(refusal));
    routing::Queue::Endpoints endpoints;
    for (const auto& each : prospect.candidates) {
      endpoints.push_back(prospect.snapshot->endpoints[each.endpoint].load.get());
    }
    waiting.looks_at(std::move(endpoints));
    choice = balancer_.take(*prospect.snapshot, prospect.candidates, {}, occasion(request, *prospect.model), place);
    if (choice.kind == Kind::chosen) {
      waiting.take_leave(true);
      co_return true;
    }
    if (choice.kind == Kind::none_up) {
      co_return give_up(prospect.bound ? prospect.bound->when_down : no_healthy_endpoint(request.model, request.api));
    }
    waiting.found_none();
  }
}

// What a request may go to may have changed while it waited.
net::Task<std::optional<http::ErrorAnswer>> Forwarder::renew(const Request& request, Prospect prospect) {
  if (prospect.snapshot == snapshot_) co_return std::nullopt;
  prospect.snapshot = snapshot_;
  prospect.model = prospect.snapshot->find(request.model);
  if (prospect.model == nullptr) co_return unknown_model(*prospect.snapshot, request.model);
  prospect.candidates = prospect.model->candidates[request.api];
  if (prospect.candidates.empty()) co_return unsupported_api(*prospect.model, request.api);
  if (!prospect.bound) co_return std::nullopt;
  prospect.bound = co_await bind(request, *prospect.snapshot, prospect.candidates);
  if (!prospect.bound) co_return std::nullopt;
  if (prospect.bound->refusal) co_return prospect.bound->refusal;
  prospect.candidates = prospect.bound->candidates;
  co_return std::nullopt;
}

void Forwarder::note_first_byte(const registry::SnapshotEndpoint& endpoint, int status, std::chrono::nanoseconds took) {
  auto& latency = endpoint.load->latency;
  // Who fails at once is not quick.
  if (status >= 500 || status == 429) return latency.observe_failure(worker_.now());
  latency.observe(std::chrono::duration_cast<std::chrono::microseconds>(took), worker_.now());
}

}  // namespace pointsman::proxy
