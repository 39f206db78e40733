// The part of the Forwarder that knows of what endpoints keep: who is bound to whom, and requests by id.
#include "forwarder_parts.hpp"
#include "pointsman/net/event.hpp"
#include "pointsman/payload/kept_names.hpp"
#include "pointsman/proxy/heads.hpp"
#include "pointsman/proxy/owner_learning.hpp"
#include "pointsman/proxy/refusal.hpp"
#include "pointsman/proxy/response_end.hpp"
#include "pointsman/registry/verdict.hpp"

namespace pointsman::proxy {
namespace {

// The endpoints that may have an API, whatever the model.
Candidates with_route(const registry::Snapshot& snapshot, registry::Api api) {
  static const registry::ModelReport no_model;
  Candidates candidates;
  for (std::uint32_t i = 0; i < snapshot.endpoints.size(); ++i) {
    const auto& endpoint = snapshot.endpoints[i];
    const auto verdict = registry::verdict_of(endpoint.apis, *endpoint.learned, no_model, api);
    if (verdict != registry::Verdict::no) candidates.push_back({.endpoint = i, .verdict = verdict});
  }
  return candidates;
}

}  // namespace

net::Task<Outcome> Forwarder::forward_kept(http::Connection& client, KeptRequest request) {
  const auto snapshot = snapshot_;
  const auto& row = registry::row(request.api);
  const bool makes = request.id.empty();
  auto candidates = with_route(*snapshot, request.api);
  if (!makes) {
    const auto residence = residence_of(co_await find_owner(request.id), request.key, *snapshot);
    switch (residence.kind) {
      case Residence::Kind::foreign:
      case Residence::Kind::gone: co_return refused(kept_nowhere("", request.id));
      case Residence::Kind::at:
        candidates.assign(1, {.endpoint = residence.endpoint, .verdict = registry::Verdict::yes});
        break;
      case Residence::Kind::unknown:
        // Whoever asks an endpoint to change or to end something must know that it is there.
        if (candidates.empty() || !request.may_try_unknown ||
            (candidates.size() > 1 && client.head().method != "GET")) {
          co_return refused(kept_nowhere("", request.id));
        }
        break;
    }
  } else if (candidates.empty()) {
    co_return refused(offered_nowhere(request.api));
  }

  Outcome outcome;
  routing::Tried tried;
  for (;;) {
    routing::Place place(waiting_room_);
    const auto choice = choose(balancer_, *snapshot, candidates, tried, {}, &place);
    if (choice.kind != routing::Choice::Kind::chosen) {
      if (outcome.error) co_return outcome;
      if (choice.kind == routing::Choice::Kind::all_full) co_return refused(all_full(""));
      note_wanted(*snapshot, candidates);
      co_return refused(makes ? none_up_for(request.api) : keeper_is_down("", request.id));
    }
    const auto& endpoint = snapshot->endpoints[choice.candidate.endpoint];
    outcome = Outcome();
    outcome.endpoint = endpoint.name;
    outcome.endpoint_number = endpoint.number;
    tried.push_back(choice.candidate.endpoint);
    if (request.decision != nullptr) {
      request.decision->add("chosen: " + endpoint.name +
                            (makes                    ? " (it may offer the API)"
                             : candidates.size() == 1 ? " (it keeps what is asked for)"
                                                      : " (it may keep what is asked for)"));
    }
    std::unique_ptr<OwnerLearning> learning;
    if (makes) learning = std::make_unique<OwnerLearning>(owners_, endpoint.name, request.key);
    ResponseEnd end;
    http::DataListener* const follower = request.reads_usage ? static_cast<http::DataListener*>(&end) : learning.get();
    const bool is_last = makes || tried.size() == candidates.size();
    // It is sent whatever the breaker of the endpoint that keeps it says: nobody else could answer it.
    const auto trial = begin_trial(*snapshot, choice.candidate);
    std::optional<Milliseconds> asked;
    const std::string_view base = endpoint.url.base_path;
    begin_span(request.trace, endpoint, base, makes ? request.path : "", "");
    Dispatch dispatch{
        .endpoint = endpoint,
        .head = request_head(client.head(), endpoint, base, request.path, request.body.size(), request.trace),
        .body = {.value = {}, .prefix = request.body, .suffix = {}},
        .stream = row.stream,
        .request_id = request.request_id,
        .rate_limits = request.rate_limits,
        .decision = request.decision,
        .passes_404 = is_last,
        .reads_usage = request.reads_usage,
        .follower = follower,
        .asked = &asked,
        .trace = request.trace};
    Relayed relayed(outcome.pace);
    const auto failure = co_await attempt(client, dispatch, outcome, relayed, nullptr);
    end_span(request.trace, failure ? &*failure : nullptr, outcome);
    if (request.reads_usage && !end.has_come(relayed.end == RelayEnd::complete)) outcome.usage = {};
    const auto finding = failure ? routing::judge(*failure).finding : finding_of(outcome.status, relayed.end);
    conclude(*snapshot, choice.candidate, "", trial, {finding, asked});
    if (failure) {
      note_failure(*failure, endpoint, outcome);
      if (is_last || !failure->may_retry) co_return outcome;
    } else if (is_last || outcome.status != 404) {
      co_return outcome;
    } else {
      outcome = refused(kept_nowhere("", request.id));  // if it was the last one that is up
    }
  }
}

// nullptr: it may go to any of the candidates.
net::Task<std::unique_ptr<Forwarder::Bound>> Forwarder::bind(const Request& request, const registry::Snapshot& snapshot,
                                                             std::span<const registry::Candidate> candidates) {
  using Kind = Residence::Kind;
  auto bound = std::make_unique<Bound>();
  const auto keep = [&](auto&& serves, std::string_view param, std::string_view id) {
    for (const auto& each : candidates) {
      if (serves(each.endpoint)) bound->candidates.push_back(each);
    }
    bound->when_down = keeper_is_down(param, id);
    if (bound->candidates.empty()) bound->refusal = kept_without_model(param, id, request.model);
  };

  const std::pair<std::optional<std::string_view>, std::string_view> references[] = {
      {request.fields.previous_response, "previous_response_id"}, {request.fields.conversation, "conversation"}};
  std::optional<std::uint32_t> keeper;
  for (const auto& [id, param] : references) {
    if (!id) continue;
    const auto residence = residence_of(co_await find_owner(*id), request.key, snapshot);
    const bool is_elsewhere = residence.kind == Kind::at && keeper && *keeper != residence.endpoint;
    // What nobody saw being made can only be at the one endpoint that there is.
    const bool is_nowhere = residence.kind == Kind::foreign || residence.kind == Kind::gone ||
                            (residence.kind == Kind::unknown && (candidates.size() > 1 || !request.may_try_unknown));
    if (is_elsewhere) bound->refusal = kept_apart();
    if (is_nowhere) bound->refusal = kept_nowhere(param, *id);
    if (bound->refusal) co_return bound;
    if (residence.kind != Kind::at || keeper) continue;
    keeper = residence.endpoint;
    keep([&](std::uint32_t endpoint) { return endpoint == *keeper; }, param, *id);
  }
  if (keeper) co_return bound;

  for (const auto& fingerprint : payload::encrypted_contents(request.plain)) {
    const auto owner = co_await find_owner(fingerprint);
    const auto residence = residence_of(owner, owner ? std::string_view(owner->key) : "", snapshot);
    if (residence.kind != Kind::at) continue;
    const auto& account = snapshot.endpoints[residence.endpoint].account;
    const auto shares = [&](std::uint32_t endpoint) {
      return endpoint == residence.endpoint || (!account.empty() && snapshot.endpoints[endpoint].account == account);
    };
    keep(shares, "input", "encrypted_content");
    co_return bound;
  }
  co_return nullptr;
}

net::Task<std::optional<ownership::Owner>> Forwarder::find_owner(std::string_view id) {
  if (auto owner = owners_.find(id)) co_return owner;
  struct Question {
    net::Event answered;
    std::optional<ownership::Owner> owner;
  };
  // As in refresh_models().
  const auto question = std::make_shared<Question>();
  owners_.find_archived(std::string(id), [&worker = worker_, waiting = std::weak_ptr(question)](auto owner) {
    worker.post([waiting, owner = std::move(owner)]() mutable {
      const auto asked = waiting.lock();
      if (!asked) return;
      asked->owner = std::move(owner);
      asked->answered.notify();
    });
  });
  co_await question->answered.wait();
  co_return std::move(question->owner);
}

}  // namespace pointsman::proxy
