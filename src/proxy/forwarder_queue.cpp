// The part of the Forwarder that finds a place at an endpoint, and waits for one where all are taken.
#include "forwarder_parts.hpp"
#include "pointsman/proxy/refusal.hpp"
#include "pointsman/routing/affinity.hpp"

namespace pointsman::proxy {
namespace {

using Kind = routing::Choice::Kind;

}  // namespace

// What least_loaded needs costs nothing.
routing::Occasion Forwarder::occasion(const Trip& trip) const {
  using registry::Policy;
  const auto& request = trip.request;
  const auto policy = trip.model->policy;
  if (policy == Policy::least_loaded) return {};
  const bool has_affinity = policy == Policy::prefix_hash && request.notation == payload::Notation::json;
  return {.policy = policy,
          .affinity = has_affinity ? routing::affinity(request.key, request.model, request.plain) : 0,
          .now = worker_.now()};
}

// Those of one model that may go to the same endpoints wait in one line.
std::string Forwarder::line_of(const Trip& trip) {
  std::string line = std::to_string(static_cast<int>(trip.request.api));
  if (!trip.bound) return line;
  for (const auto& each : trip.candidates) line += "," + trip.snapshot->endpoints[each.endpoint].name;
  return line;
}

// Of a candidate and a place there, now.
Kind Forwarder::find_place(Trip& trip) {
  static const routing::Tried none_tried;
  // Who was tried elsewhere waited already, if there was need to.
  if (waiting_room_.are_awaited() && trip.attempts == 0 && waiting_room_.has(trip.model->id, line_of(trip))) {
    return Kind::all_full;
  }
  const auto choice = choose(trip, trip.detour ? trip.detour->tried : none_tried, &trip.place);
  if (choice.kind == Kind::chosen) trip.candidate = choice.candidate;
  return choice.kind;
}

// Where it says that there is none, the outcome says why: what the client is to be told, or that it left.
net::Task<Kind> Forwarder::wait_for_place(http::Connection& client, Trip& trip, Outcome& outcome) {
  const config::Queue rules = trip.snapshot->rules->queue;
  const auto& request = trip.request;
  const std::string model = trip.model->id;
  const std::string line = line_of(trip);
  Waiting waiting(waiting_room_, client, queue_counts_);
  const auto give_up = [&](http::ErrorAnswer answer, std::string_view cause = "") {
    outcome.cause = cause.empty() ? answer.code : cause;
    outcome.error = std::move(answer);
    return Kind::all_full;
  };
  if (!waiting.enter(model, {line, request.key, request.priority}, rules.length, worker_.now() + rules.wait)) {
    queue_counts_.refused_full.add();
    if (rules.length == 0) co_return give_up(all_full(model), "queue_full");
    const auto patience = waiting_room_.patience_needed(model, worker_.now());
    co_return give_up(queue_full(model, rules.length, patience), "queue_full");
  }
  for (;;) {
    const auto news = co_await waiting.news();
    outcome.queued = waiting.so_far();
    if (news == Waiting::News::client_left) {
      outcome.cause = name(ErrorCode::cancelled);
      co_return Kind::all_full;
    }
    if (news == Waiting::News::too_long) {
      queue_counts_.refused_too_long.add();
      const auto patience = waiting_room_.patience_needed(model, worker_.now());
      co_return give_up(queued_too_long(model, rules.wait, patience), "queue_too_long");
    }
    if (auto refusal = co_await renew(trip)) co_return give_up(*std::move(refusal));
    routing::Queue::Endpoints endpoints;
    for (const auto& each : trip.candidates) endpoints.push_back(trip.snapshot->endpoints[each.endpoint].load.get());
    waiting.looks_at(std::move(endpoints));
    const auto choice = choose(trip, {}, &trip.place);
    if (choice.kind == Kind::chosen) {
      trip.candidate = choice.candidate;
      waiting.take_leave(true);
      co_return Kind::chosen;
    }
    if (choice.kind == Kind::none_up) {
      co_return give_up(trip.bound ? trip.bound->when_down : no_healthy_endpoint(model, request.api));
    }
    waiting.found_none();
  }
}

// What a request may go to may have changed while it waited.
net::Task<std::optional<http::ErrorAnswer>> Forwarder::renew(Trip& trip) {
  if (trip.snapshot == snapshot_) co_return std::nullopt;
  const std::string model = trip.model->id;
  trip.snapshot = snapshot_;
  trip.model = trip.snapshot->find(model);
  if (trip.detour && trip.detour->stand_in != nullptr) trip.detour->stand_in = trip.model;
  if (trip.model == nullptr) co_return unknown_model(*trip.snapshot, model);
  trip.candidates = trip.model->candidates[trip.request.api];
  if (trip.candidates.empty()) co_return unsupported_api(*trip.model, trip.request.api);
  if (!trip.bound) co_return std::nullopt;
  trip.bound = co_await bind(trip.request, *trip.snapshot, trip.candidates);
  if (!trip.bound) co_return std::nullopt;
  if (trip.bound->refusal) co_return trip.bound->refusal;
  trip.candidates = trip.bound->candidates;
  co_return std::nullopt;
}

void Forwarder::note_first_byte(const registry::SnapshotEndpoint& endpoint, int status, std::chrono::nanoseconds took) {
  auto& latency = endpoint.load->latency;
  // Who fails at once is not quick.
  if (status >= 500 || status == 429) return latency.observe_failure(worker_.now());
  latency.observe(std::chrono::duration_cast<std::chrono::microseconds>(took), worker_.now());
}

}  // namespace pointsman::proxy
