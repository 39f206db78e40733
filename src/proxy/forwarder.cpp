#include "pointsman/proxy/forwarder.hpp"

#include <boost/container/small_vector.hpp>

#include "pointsman/net/event.hpp"
#include "pointsman/proxy/heads.hpp"
#include "pointsman/proxy/live_verdict.hpp"
#include "pointsman/proxy/refusal.hpp"
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

Outcome refused(http::ErrorAnswer answer) {
  Outcome outcome;
  outcome.cause = answer.code;
  outcome.error = std::move(answer);
  return outcome;
}

}  // namespace

Forwarder::Forwarder(net::Worker& worker, const http::Limits& limits, std::uint32_t attempts,
                     observe::Histogram& client_leave, Feedback& feedback)
    : worker_(worker),
      limits_(limits),
      attempts_(attempts),
      client_leave_(client_leave),
      feedback_(feedback),
      snapshot_(std::make_shared<registry::Snapshot>()),
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
  const auto& candidates = model->candidates[request.api];
  if (candidates.empty()) co_return refused(unsupported_api(*model, request.api));

  Outcome outcome;
  routing::Tried tried;
  for (std::uint32_t number = 1;; ++number) {
    const auto choice = balancer_.choose(*snapshot, candidates, tried);
    if (choice.kind != routing::Choice::Kind::chosen) {
      // Where an attempt was made, its failure is what the client should hear of.
      if (outcome.error) co_return outcome;
      const bool full = choice.kind == routing::Choice::Kind::all_full;
      co_return refused(full ? all_full(request.model) : no_healthy_endpoint(request.model, request.api));
    }
    const auto& endpoint = snapshot->endpoints[choice.candidate.endpoint];
    outcome = Outcome();
    outcome.endpoint = endpoint.name;
    const auto failure = co_await attempt(client, request, endpoint, model->names[choice.candidate.name],
                                          choice.candidate.verdict, outcome);
    if (!failure) co_return outcome;

    outcome.cause = name(failure->code);
    if (failure->code == ErrorCode::cancelled) co_return outcome;
    outcome.detail = failure->message;
    outcome.error = failed_attempt(*failure, endpoint.name);
    if (failure->code == ErrorCode::unreachable) note_unreachable(endpoint);
    if (!failure->may_retry || number == attempts_) co_return outcome;
    tried.push_back(choice.candidate.endpoint);
  }
}

net::Task<std::optional<Error>> Forwarder::attempt(http::Connection& client, const Request& request,
                                                   const registry::SnapshotEndpoint& endpoint, std::string_view name,
                                                   registry::Verdict known, Outcome& outcome) {
  const routing::InFlight in_flight(endpoint.load);
  payload::Spliced spliced;
  spliced.prefix = request.body;
  const bool renamed = request.fields.model && *request.fields.model != name;
  // Compressing it again would take longer than the network saves, and bytes of the client's it is no more either way:
  // what was compressed goes on as it is without.
  const bool decompressed = renamed && request.plain.data() != request.body.data();
  if (renamed) spliced = splice(request.plain, request.fields, name, request.notation);
  const auto& row = registry::row(request.api);
  std::string head =
      request_head(client.head(), endpoint, base_of(endpoint, row), row.path, {spliced.size(), decompressed});
  boost::container::small_vector<net::asio::const_buffer, 4> buffers{{head.data(), head.size()}};
  for (const auto piece : spliced.pieces()) {
    if (!piece.empty()) buffers.emplace_back(piece.data(), piece.size());
  }

  upstream::Exchange exchange(worker_, pool_, limits_, endpoint);
  const Listening listening(client, exchange, client_leave_);
  const auto answered = co_await exchange.send({buffers.data(), buffers.size()}, client.is_head_request());
  if (!answered) co_return answered.error();

  // Assigning an empty string would keep the memory for as long as the answer streams.
  if (!exchange.connection().stream->is_writing()) std::string().swap(head);
  outcome.status = (*answered)->status;
  outcome.endpoint_request_id = (*answered)->fields.find(http::FieldName::x_request_id).value_or("");
  const OwnFields own{request.request_id, endpoint.name};
  const auto relayed = co_await relay(client, exchange, **answered, row.stream, own, endpoint.timeouts.idle,
                                      known == registry::Verdict::unknown);
  note_reached(endpoint);
  judge_capability(request, endpoint, name, known, outcome.status, relayed);
  outcome.cause = cause_of(relayed.end);
  outcome.body_bytes = relayed.body_bytes;
  if (relayed.end == RelayEnd::upstream_died) {
    outcome.detail = "endpoint " + endpoint.name + " ended or fell silent before its answer was whole";
  }
  co_return std::nullopt;
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
