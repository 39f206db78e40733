#include "pointsman/proxy/forwarder.hpp"

#include "forwarder_parts.hpp"
#include "pointsman/base/mixing.hpp"
#include "pointsman/net/event.hpp"
#include "pointsman/proxy/asked_pause.hpp"
#include "pointsman/proxy/heads.hpp"
#include "pointsman/proxy/live_verdict.hpp"
#include "pointsman/proxy/owner_learning.hpp"
#include "pointsman/proxy/pause.hpp"
#include "pointsman/proxy/refusal.hpp"
#include "pointsman/proxy/response_end.hpp"
#include "pointsman/upstream/exchange.hpp"

namespace pointsman::proxy {
namespace {

constexpr std::uint32_t most_lessons = 64;
constexpr std::size_t evidence_bytes = 150;

// An exchange hears of the client's leaving for as long as it lives, and not longer.
class Listening final : public http::LeaveListener {
 public:
  Listening(http::Connection& client, upstream::Exchange& exchange, observe::Histogram& client_leave)
      : client_(client), exchange_(exchange), client_leave_(client_leave) {
    client_.notify_leave(this);
  }
  ~Listening() { client_.notify_leave(nullptr); }
  Listening(const Listening&) = delete;
  Listening& operator=(const Listening&) = delete;

  void client_left() override {
    const auto noticed = std::chrono::steady_clock::now();
    exchange_.client_left();
    client_leave_.observe(
        std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::steady_clock::now() - noticed));
  }

 private:
  http::Connection& client_;
  upstream::Exchange& exchange_;
  observe::Histogram& client_leave_;
};

std::chrono::microseconds in_microseconds(std::chrono::nanoseconds duration) {
  return std::chrono::duration_cast<std::chrono::microseconds>(duration);
}

std::string_view cause_of(RelayEnd end) {
  switch (end) {
    case RelayEnd::complete: return "";
    case RelayEnd::client_left: return "client_left";
    case RelayEnd::upstream_died: return "upstream_died";
  }
  return "";
}

std::string_view base_of(const registry::SnapshotEndpoint& endpoint, const registry::ApiRow& row) {
  return row.base == registry::Base::root ? endpoint.url.root_path : endpoint.url.base_path;
}

// Whether an answer may say what its endpoint keeps.
bool may_be_kept(const Request& request) {
  using registry::Api;
  const bool is_chat = request.api == Api::chat_completions;
  return request.api == Api::responses || request.api == Api::responses_compact || (is_chat && request.fields.store);
}

bool goes_on(registry::Api api) {
  using registry::Api;
  return api == Api::responses || api == Api::responses_compact || api == Api::responses_input_tokens;
}

// A temporary where it is used, because it would stand in attempt()'s frame for as long as the answer streams.
boost::container::small_vector<net::asio::const_buffer, 4> buffers_of(std::string_view head,
                                                                      const payload::Spliced& body) {
  boost::container::small_vector<net::asio::const_buffer, 4> buffers{{head.data(), head.size()}};
  for (const auto piece : body.pieces()) {
    if (!piece.empty()) buffers.emplace_back(piece.data(), piece.size());
  }
  return buffers;
}

}  // namespace

OwnFields Forwarder::own_fields(const Dispatch& dispatch, const Outcome& outcome) {
  return {.request_id = dispatch.request_id,
          .endpoint = dispatch.endpoint.name,
          .fallback = fallback_of(outcome),
          .queued = outcome.queued,
          .rate_limits = dispatch.rate_limits,
          .decision = dispatch.decision};
}

Forwarder::Forwarder(net::Worker& worker, const http::Limits& limits, observe::Histogram& client_leave,
                     AttemptCounts& counts, Feedback& feedback, ownership::Directory& owners, WaitingRoom& waiting_room,
                     QueueCounts& queue_counts)
    : worker_(worker),
      limits_(limits),
      client_leave_(client_leave),
      counts_(counts),
      feedback_(feedback),
      owners_(owners),
      waiting_room_(waiting_room),
      queue_counts_(queue_counts),
      snapshot_(std::make_shared<registry::Snapshot>()),
      balancer_(mixed(worker.number()) ^ static_cast<std::uint64_t>(worker.now().time_since_epoch().count())),
      random_(std::random_device()()),
      pool_(worker) {}

net::Task<> Forwarder::forward(http::Connection& client, const Request& request, Outcome& outcome) {
  using Kind = routing::Choice::Kind;
  Trip trip(request, snapshot_, waiting_room_);
  trip.model = trip.snapshot->find(request.model);
  if (trip.model == nullptr) {
    const Decision::Wait wait(request.decision);
    co_await refresh_models();
    trip.has_waited = true;
    trip.snapshot = snapshot_;
    trip.model = trip.snapshot->find(request.model);
  }
  if (trip.model != nullptr) outcome.model_number = trip.model->number;
  if (!begin_trip(trip, outcome)) co_return;
  if (trip.model != nullptr && goes_on(request.api)) {
    trip.bound = co_await bind(request, *trip.snapshot, trip.candidates);
    trip.has_waited = trip.has_waited || trip.is_bound();
    if (!heeds_bound(trip, outcome)) co_return;
  }

  std::unique_ptr<OwnerLearning> learning;
  std::unique_ptr<ResponseEnd> end;  // of a response in the background
  for (;;) {
    if (trip.detour && trip.detour->next_model != nullptr) trip.take_fallback();
    if (!take_planned(trip)) {
      auto found = find_place(trip);
      if (found == Kind::all_full && trip.attempts == 0) {
        const Decision::Wait wait(request.decision);
        found = co_await wait_for_place(client, trip, outcome);
        if (outcome.cause == name(ErrorCode::cancelled)) co_return;
      }
      if (found != Kind::chosen) {
        if (turn_to_fallback(trip)) continue;
        tell_no_place(trip, found, outcome);
        if (trip.detour && trip.detour->held) co_await answer_with_held(client, trip, outcome);
        co_return;
      }
    }
    begin_attempt(trip, outcome);
    if (may_be_kept(request)) learning = std::make_unique<OwnerLearning>(owners_, trip.endpoint().name, request.key);
    auto dispatch = dispatch_of(client.head(), trip);
    dispatch.follower = learning.get();
    if (!dispatch.heeds_leave) {
      end = std::make_unique<ResponseEnd>(learning.get());
      dispatch.follower = end.get();
    }
    Relayed relayed(outcome.pace);
    const auto failure = co_await attempt(client, dispatch, outcome, relayed, &trip);
    end_span(request.trace, failure ? &*failure : nullptr, outcome);
    if (failure) {
      note_failure(*failure, trip.endpoint(), outcome);
      const auto judgement = routing::judge(*failure, trip.was_silent);
      conclude(trip, judgement.finding, std::nullopt, "");
      if (failure->code != ErrorCode::cancelled && !trip.goes_on()) plan(trip, judgement);
    } else if (!trip.goes_on()) {
      if (!dispatch.heeds_leave && learning && !learning->first().empty()) outcome.background_id = learning->first();
      if (end && !end->has_come(relayed.end == RelayEnd::complete)) outcome.usage = {};
      if (!trip.is_concluded) {
        conclude(trip, finding_of(outcome.status, relayed.end), std::nullopt, beginning_of(relayed));
      }
      judge_capability(request, trip.endpoint(), trip.name_there(), trip.candidate.verdict, outcome.status, relayed);
    }
    if (!trip.goes_on()) {
      if (outcome.error && trip.detour && trip.detour->held) co_await answer_with_held(client, trip, outcome);
      co_return;
    }
    // Another endpoint is next, or another model: here nobody is kept from coming.
    if (!trip.detour->next || trip.detour->next->endpoint != trip.candidate.endpoint) trip.place.give_back();
    const Decision::Wait wait(request.decision);
    if (trip.detour->pause > Milliseconds(0) && !co_await pause(client, trip.detour->pause)) {
      outcome.cause = name(ErrorCode::cancelled);
      outcome.status = 0;
      outcome.error.reset();
      co_return;
    }
  }
}

// What follows makes no coroutine, because what it makes would stand in forward()'s frame for as long as the answer
// streams.

Forwarder::Dispatch Forwarder::dispatch_of(const http::RequestHead& head, const Trip& trip) {
  const auto& request = trip.request;
  const auto& endpoint = trip.endpoint();
  const auto& row = registry::row(request.api);
  const auto base = base_of(endpoint, row);
  const auto name_there = trip.name_there();
  Dispatch dispatch{.endpoint = endpoint,
                    .head = {},
                    .body = {.value = {}, .prefix = request.body, .suffix = {}},
                    .stream = row.stream,
                    .request_id = request.request_id,
                    .rate_limits = request.rate_limits,
                    .decision = request.decision,
                    .heeds_leave = !(request.fields.background && may_be_kept(request)),
                    .keeps_beginning = trip.candidate.verdict == registry::Verdict::unknown,
                    .is_timed = trip.model->policy == registry::Policy::p2c_latency,
                    .trace = request.trace};
  bool is_decompressed = false;
  if (request.fields.model && *request.fields.model != name_there) {
    // Compressing it again would take longer than the network saves, and bytes of the client's it is no more either
    // way: what was compressed goes on as it is without.
    dispatch.body = splice(request.plain, request.fields, name_there, request.notation);
    is_decompressed = request.plain.data() != request.body.data();
  }
  begin_span(request.trace, endpoint, base, row.path, name_there);
  dispatch.head = request_head(head, endpoint, base, row.path, {dispatch.body.size(), is_decompressed}, request.trace);
  return dispatch;
}

// False: nobody has the model with the API, and the outcome says so.
bool Forwarder::begin_trip(Trip& trip, Outcome& outcome) {
  const auto& request = trip.request;
  if (trip.model == nullptr) {
    if (turn_to_fallback(trip)) return true;
    refuse(outcome, unknown_model(*trip.snapshot, request.model));
    return false;
  }
  trip.candidates = trip.model->candidates[request.api];
  if (trip.candidates.empty()) {
    refuse(outcome, unsupported_api(*trip.model, request.api));
    return false;
  }
  trip.model->budget->deposit(trip.snapshot->rules->routing.retry_budget);
  return true;
}

// False: what it goes on with cannot be gone on with, and the outcome says so.
bool Forwarder::heeds_bound(Trip& trip, Outcome& outcome) {
  if (!trip.bound) return true;
  trip.candidates = trip.bound->candidates;
  if (trip.bound->refusal) refuse(outcome, *trip.bound->refusal);
  return !trip.bound->refusal;
}

// Where an attempt was made, its failure is what the client should hear of; where it waited, what came of that.
void Forwarder::tell_no_place(const Trip& trip, routing::Choice::Kind found, Outcome& outcome) {
  if (outcome.error) return;
  const auto& request = trip.request;
  const bool is_full = found == routing::Choice::Kind::all_full && trip.attempts == 0;
  outcome.error = is_full      ? all_full(request.model)
                  : trip.bound ? trip.bound->when_down
                               : no_healthy_endpoint(request.model, request.api);
  if (trip.attempts == 0) outcome.cause = outcome.error->code;
  if (!is_full) note_wanted(*trip.snapshot, trip.candidates);
}

net::Task<std::optional<Error>> Forwarder::attempt(http::Connection& client, Dispatch& dispatch, Outcome& outcome,
                                                   Relayed& relayed, Trip* trip) {
  const auto& endpoint = dispatch.endpoint;
  const auto impatience = impatience_of(trip);
  upstream::Exchange exchange(worker_, pool_, limits_, endpoint);
  if (impatience) exchange.ask_after(impatience->lasts(), *impatience);
  std::optional<Listening> listening;
  if (dispatch.heeds_leave) listening.emplace(client, exchange, client_leave_);
  Decision::Wait wait(dispatch.decision);
  const auto sent = std::chrono::steady_clock::now();
  const auto answered = co_await exchange.send(buffers_of(dispatch.head, dispatch.body), client.is_head_request());
  if (!answered) co_return answered.error();

  // Assigning an empty string would keep the memory for as long as the answer streams.
  if (!exchange.connection().stream->is_writing()) std::string().swap(dispatch.head);
  note_reached(endpoint);
  outcome.status = (*answered)->status;
  auto came = exchange.came_at();
  if (dispatch.trace != nullptr) dispatch.trace->head_came(came, outcome.status);
  auto* const times = counts_.times.at(endpoint.number);
  if (times != nullptr) times->first_byte.observe(in_microseconds(came - sent));
  if (dispatch.is_timed) note_first_byte(endpoint, outcome.status, came - sent);
  if (outcome.status == 404 && !dispatch.passes_404) co_return std::nullopt;
  if (dispatch.asked != nullptr && outcome.status >= 400) {
    *dispatch.asked = asked_pause(**answered, worker_.clock().wall());
  }
  if (trip != nullptr && outcome.status >= 400 && co_await moves_on(*trip, exchange, **answered))
    co_return std::nullopt;
  if (impatience && outcome.status < 400 && trip->request.fields.stream) {
    if (const auto waited = co_await exchange.wait_for_body(); !waited) co_return waited.error();
    came = std::chrono::steady_clock::now();
  }
  // A breaker that was open need not wait for the end of a long stream.
  if (trip != nullptr && outcome.status < 400 && (trip->trial.of_endpoint || trip->trial.of_model)) {
    conclude(*trip, routing::Finding::healthy, std::nullopt, "");
  }
  outcome.endpoint_request_id = (*answered)->fields.find(http::FieldName::x_request_id).value_or("");
  wait.end(came);
  // What an endpoint refuses it does not keep.
  auto* const follower = outcome.status == 200 || outcome.status == 201 ? dispatch.follower : nullptr;
  const bool keeps_beginning = dispatch.keeps_beginning || outcome.status >= 500;
  auto* const usage = dispatch.reads_usage && outcome.status == 200 ? &outcome.usage : nullptr;
  const bool is_straight = trip != nullptr && trip->attempts == 1 && !trip->has_waited && !outcome.queued;
  const auto before = is_straight ? sent - trip->request.read_at : std::chrono::nanoseconds(-1);
  if (times != nullptr) relayed.pace.between = &times->between_tokens;
  // Two statements: in one with the co_await, the fields would stand in this frame for as long as the answer streams.
  auto relaying = relay(client, exchange, **answered, dispatch.stream, own_fields(dispatch, outcome),
                        endpoint.timeouts.idle, keeps_beginning, usage, follower, relayed);
  co_await std::move(relaying);
  outcome.cause = cause_of(relayed.end);
  outcome.body_bytes = relayed.body_bytes;
  if (is_straight && client.answer_begun()) outcome.overhead = in_microseconds(before + (client.answer_began() - came));
  if (relayed.end == RelayEnd::upstream_died) {
    outcome.detail = "endpoint " + endpoint.name + " ended or fell silent before its answer was whole";
  }
  co_return std::nullopt;
}

void Forwarder::note_failure(const Error& failure, const registry::SnapshotEndpoint& endpoint, Outcome& outcome) {
  outcome.cause = name(failure.code);
  if (failure.code == ErrorCode::cancelled) return;
  endpoint.load->latency.observe_failure(worker_.now());
  outcome.detail = failure.message;
  outcome.error = failed_attempt(failure, endpoint.name, endpoint.timeouts);
  if (failure.code == ErrorCode::unreachable) note_unreachable(endpoint);
}

// The answer to a client waits no longer than the control plane lets it.
net::Task<> Forwarder::refresh_models() {
  // The event holds this coroutine, so nobody else may keep the event for longer than the coroutine's worker lives.
  const auto done = std::make_shared<net::Event>();
  feedback_.refresh_models([waiting = std::weak_ptr(done)] {
    if (const auto event = waiting.lock()) event->notify();
  });
  co_await done->wait();
}

void Forwarder::note_unreachable(const registry::SnapshotEndpoint& endpoint) {
  endpoint.load->in_doubt = true;
  feedback_.unreachable(endpoint.name);
}

void Forwarder::note_wanted(const registry::Snapshot& snapshot, std::span<const registry::Candidate> candidates) {
  for (const auto& each : candidates) {
    const auto& endpoint = snapshot.endpoints[each.endpoint];
    if (endpoint.health != registry::Health::down || !wanted_.ask(endpoint.name, worker_.now())) continue;
    feedback_.wanted(endpoint.name);
  }
}

void Forwarder::note_reached(const registry::SnapshotEndpoint& endpoint) {
  auto& in_doubt = endpoint.load->in_doubt;
  if (in_doubt && in_doubt.exchange(false)) feedback_.reached(endpoint.name);
}

void Forwarder::judge_capability(const Request& request, const registry::SnapshotEndpoint& endpoint,
                                 std::string_view name, registry::Verdict known, int status, const Relayed& relayed) {
  if (relayed.end != RelayEnd::complete) return;  // what broke off shows nothing
  const auto beginning = beginning_of(relayed);
  const bool whole = relayed.body_bytes == beginning.size();
  const auto verdict = live_verdict(request.api, name, known, {status, beginning, whole});
  // Until the next snapshot shows what was learned, requests go on to show the same.
  if (!verdict || lessons_ == most_lessons) return;
  const auto& row = registry::row(request.api);
  if (endpoint.apis.contains(std::string(row.name))) return;  // the operator knows better
  ++lessons_;
  std::string evidence = "a request to POST " + std::string(base_of(endpoint, row)) + std::string(row.path) + ": " +
                         std::to_string(status);
  if (status != 200) evidence.append(" ").append(beginning.substr(0, evidence_bytes));
  feedback_.learned({.endpoint = endpoint.name,
                     .model = std::string(name),
                     .api = request.api,
                     .verdict = verdict->verdict,
                     .evidence = std::move(evidence),
                     .of_route = verdict->of_route});
}

}  // namespace pointsman::proxy
