#include "pointsman/proxy/forwarder.hpp"

#include "forwarder_parts.hpp"
#include "pointsman/net/event.hpp"
#include "pointsman/proxy/heads.hpp"
#include "pointsman/proxy/live_verdict.hpp"
#include "pointsman/proxy/owner_learning.hpp"
#include "pointsman/proxy/refusal.hpp"
#include "pointsman/routing/mixing.hpp"
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

}  // namespace

Forwarder::Forwarder(net::Worker& worker, const http::Limits& limits, observe::Histogram& client_leave,
                     Feedback& feedback, ownership::Directory& owners, WaitingRoom& waiting_room,
                     QueueCounts& queue_counts)
    : worker_(worker),
      limits_(limits),
      client_leave_(client_leave),
      feedback_(feedback),
      owners_(owners),
      waiting_room_(waiting_room),
      queue_counts_(queue_counts),
      snapshot_(std::make_shared<registry::Snapshot>()),
      balancer_(routing::mixed(worker.number()) ^ static_cast<std::uint64_t>(worker.now().time_since_epoch().count())),
      pool_(worker) {}

net::Task<Outcome> Forwarder::forward(http::Connection& client, Request request) {
  auto snapshot = snapshot_;
  const auto* model = snapshot->find(request.model);
  if (model == nullptr) {
    co_await refresh_models();
    snapshot = snapshot_;
    model = snapshot->find(request.model);
  }
  if (model == nullptr) co_return refused(unknown_model(*snapshot, request.model));
  std::span<const registry::Candidate> candidates = model->candidates[request.api];
  if (candidates.empty()) co_return refused(unsupported_api(*model, request.api));

  std::unique_ptr<Bound> bound;
  if (goes_on(request.api)) {
    bound = co_await bind(request, *snapshot, candidates);
    if (bound && bound->refusal) co_return refused(*bound->refusal);
    if (bound) candidates = bound->candidates;
  }

  Outcome outcome;
  std::unique_ptr<OwnerLearning> learning;
  routing::Tried tried;
  for (std::uint32_t number = 1;; ++number) {
    routing::Place place(waiting_room_);
    auto choice = take_place(request, {snapshot, model, candidates, bound}, tried, place);
    if (choice.kind == routing::Choice::Kind::all_full && !outcome.error &&
        !co_await wait_for_place(client, request, {snapshot, model, candidates, bound}, choice, place, outcome)) {
      co_return outcome;
    }
    if (choice.kind != routing::Choice::Kind::chosen) {
      // Where an attempt was made, its failure is what the client should hear of.
      if (outcome.error) co_return outcome;
      co_return refused(bound ? bound->when_down : no_healthy_endpoint(request.model, request.api));
    }
    const auto& endpoint = snapshot->endpoints[choice.candidate.endpoint];
    const std::string_view name_there = model->names[choice.candidate.name];
    const auto& row = registry::row(request.api);
    outcome = begun_anew(outcome);
    outcome.endpoint = endpoint.name;
    if (may_be_kept(request)) learning = std::make_unique<OwnerLearning>(owners_, endpoint.name, request.key);
    Dispatch dispatch{.endpoint = endpoint,
                      .base = base_of(endpoint, row),
                      .path = row.path,
                      .body = {.value = {}, .prefix = request.body, .suffix = {}},
                      .stream = row.stream,
                      .request_id = request.request_id,
                      .heeds_leave = !(request.fields.background && may_be_kept(request)),
                      .keeps_beginning = choice.candidate.verdict == registry::Verdict::unknown,
                      .follower = learning.get(),
                      .is_timed = model->policy == registry::Policy::p2c_latency};
    if (request.fields.model && *request.fields.model != name_there) {
      // Compressing it again would take longer than the network saves, and bytes of the client's it is no more either
      // way: what was compressed goes on as it is without.
      dispatch.body = splice(request.plain, request.fields, name_there, request.notation);
      dispatch.decompressed = request.plain.data() != request.body.data();
    }
    Relayed relayed;
    const auto failure = co_await attempt(client, dispatch, outcome, relayed);
    if (!failure) {
      judge_capability(request, endpoint, name_there, choice.candidate.verdict, outcome.status, relayed);
      co_return outcome;
    }
    note_failure(*failure, endpoint, outcome);
    if (!failure->may_retry || number == snapshot->rules->routing.attempts) co_return outcome;
    tried.push_back(choice.candidate.endpoint);
  }
}

net::Task<std::optional<Error>> Forwarder::attempt(http::Connection& client, const Dispatch& dispatch, Outcome& outcome,
                                                   Relayed& relayed) {
  const auto& endpoint = dispatch.endpoint;
  std::string head = request_head(client.head(), endpoint, dispatch.base, dispatch.path,
                                  {dispatch.body.size(), dispatch.decompressed});
  boost::container::small_vector<net::asio::const_buffer, 4> buffers{{head.data(), head.size()}};
  for (const auto piece : dispatch.body.pieces()) {
    if (!piece.empty()) buffers.emplace_back(piece.data(), piece.size());
  }

  upstream::Exchange exchange(worker_, pool_, limits_, endpoint);
  std::optional<Listening> listening;
  if (dispatch.heeds_leave) listening.emplace(client, exchange, client_leave_);
  std::chrono::steady_clock::time_point sent;
  if (dispatch.is_timed) sent = std::chrono::steady_clock::now();
  const auto answered = co_await exchange.send({buffers.data(), buffers.size()}, client.is_head_request());
  if (!answered) co_return answered.error();

  // Assigning an empty string would keep the memory for as long as the answer streams.
  if (!exchange.connection().stream->is_writing()) std::string().swap(head);
  note_reached(endpoint);
  outcome.status = (*answered)->status;
  if (dispatch.is_timed) note_first_byte(endpoint, outcome.status, std::chrono::steady_clock::now() - sent);
  if (outcome.status == 404 && !dispatch.passes_404) co_return std::nullopt;
  outcome.endpoint_request_id = (*answered)->fields.find(http::FieldName::x_request_id).value_or("");
  const OwnFields own{dispatch.request_id, endpoint.name, outcome.queued};
  // What an endpoint refuses it does not keep.
  auto* const follower = outcome.status == 200 || outcome.status == 201 ? dispatch.follower : nullptr;
  relayed = co_await relay(client, exchange, **answered, dispatch.stream, own, endpoint.timeouts.idle,
                           dispatch.keeps_beginning, follower);
  outcome.cause = cause_of(relayed.end);
  outcome.body_bytes = relayed.body_bytes;
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
  outcome.error = failed_attempt(failure, endpoint.name);
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

void Forwarder::note_reached(const registry::SnapshotEndpoint& endpoint) {
  auto& in_doubt = endpoint.load->in_doubt;
  if (in_doubt && in_doubt.exchange(false)) feedback_.reached(endpoint.name);
}

void Forwarder::judge_capability(const Request& request, const registry::SnapshotEndpoint& endpoint,
                                 std::string_view name, registry::Verdict known, int status, const Relayed& relayed) {
  if (relayed.end != RelayEnd::complete) return;  // what broke off shows nothing
  const bool whole = relayed.body_bytes == relayed.beginning.size();
  const auto verdict = live_verdict(request.api, name, known, {status, relayed.beginning, whole});
  // Until the next snapshot shows what was learned, requests go on to show the same.
  if (!verdict || lessons_ == most_lessons) return;
  const auto& row = registry::row(request.api);
  if (endpoint.apis.contains(std::string(row.name))) return;  // the operator knows better
  ++lessons_;
  std::string evidence = "a request to POST " + std::string(base_of(endpoint, row)) + std::string(row.path) + ": " +
                         std::to_string(status);
  if (status != 200) evidence += " " + relayed.beginning.substr(0, evidence_bytes);
  feedback_.learned({.endpoint = endpoint.name,
                     .model = std::string(name),
                     .api = request.api,
                     .verdict = verdict->verdict,
                     .evidence = std::move(evidence),
                     .of_route = verdict->of_route});
}

}  // namespace pointsman::proxy
