// The part of the Forwarder that knows what follows an attempt that failed: another endpoint, the same one again, or
// another model.
#include <algorithm>
#include <array>

#include "forwarder_parts.hpp"
#include "pointsman/proxy/asked_pause.hpp"
#include "pointsman/proxy/error_text.hpp"
#include "pointsman/proxy/heads.hpp"
#include "pointsman/proxy/live_verdict.hpp"
#include "pointsman/routing/next_step.hpp"
#include "whole_body.hpp"

namespace pointsman::proxy {
namespace {

using registry::Breaker;
using routing::Choice;
using routing::Finding;
using routing::Step;
using routing::Tried;

// True: the breaker has opened.
bool tell(Breaker& breaker, Finding finding, bool is_trial, MonotonicTime now, registry::EndpointLoad& load,
          AttemptCounts& counts) {
  if (finding == Finding::healthy) {
    if (breaker.success()) --load.open_breakers;
  } else if (finding == Finding::fault) {
    if (!breaker.fault(now, is_trial)) return false;
    ++load.open_breakers;
    counts.breaker_opened.add();
    return true;
  } else if (is_trial) {
    breaker.undecided(now);
  }
  return false;
}

// Asks without taking a turn.
bool can_serve(const registry::Snapshot& snapshot, std::span<const registry::Candidate> candidates) {
  return routing::Balancer().choose(snapshot, candidates, {}).kind == Choice::Kind::chosen;
}

}  // namespace

// Takes a place there if it is given one to fill.
Choice Forwarder::choose(const Trip& trip, const Tried& tried, routing::Place* place) {
  auto going_by = occasion(trip);
  going_by.takes_turn = place != nullptr;
  return choose(balancer_, *trip.snapshot, trip.candidates, tried, going_by, place);
}

Choice Forwarder::choose(routing::Balancer& balancer, const registry::Snapshot& snapshot,
                         std::span<const registry::Candidate> candidates, const Tried& tried,
                         routing::Occasion going_by, routing::Place* place) {
  if (routing::Ejection::is_needless(snapshot, candidates)) {
    return balancer.choose(snapshot, candidates, tried, going_by, place);
  }
  going_by.now = worker_.now();
  return ejection_.choose(balancer, snapshot, candidates, tried, going_by, place);
}

// False: nothing is planned, or somebody else was quicker there.
bool Forwarder::take_planned(Trip& trip) {
  if (trip.detour && trip.detour->refuge) {
    trip.take_refuge();
    return true;
  }
  if (!trip.detour || !trip.detour->next) return false;
  const auto next = *std::exchange(trip.detour->next, std::nullopt);
  const bool is_there = trip.place.is_taken() && next.endpoint == trip.candidate.endpoint;
  trip.candidate = next;
  return is_there || trip.place.take(trip.endpoint(), next);
}

void Forwarder::begin_attempt(Trip& trip, Outcome& outcome) {
  if (trip.request.decision != nullptr) tell_attempt(trip, outcome);
  auto failed_at = std::move(outcome.failed_at);
  if (outcome.attempts != 0) failed_at = (failed_at ? *failed_at + "," : "") + outcome.endpoint;
  const auto queued = outcome.queued;
  const auto model_number = outcome.model_number;
  outcome = Outcome();
  outcome.model_number = model_number;
  outcome.queued = queued;
  outcome.failed_at = std::move(failed_at);
  outcome.endpoint = trip.endpoint().name;
  outcome.endpoint_number = trip.endpoint().number;
  outcome.attempts = ++trip.attempts;
  if (!trip.fallback().empty()) outcome.fallback = std::string(trip.fallback());
  if (trip.name_there() != trip.request.model) outcome.served_model = std::string(trip.name_there());
  trip.was_silent = trip.is_concluded = false;
  trip.trial = begin_trial(*trip.snapshot, trip.candidate);
}

Forwarder::Trial Forwarder::begin_trial(const registry::Snapshot& snapshot,
                                        const registry::Candidate& candidate) const {
  auto& load = *snapshot.endpoints[candidate.endpoint].load;
  if (load.open_breakers == 0) return {};
  const auto now = worker_.now();
  auto* const of_model = routing::model_breaker(snapshot, candidate);
  return {load.breaker.pass(now) == Breaker::Passage::trial,
          of_model != nullptr && of_model->pass(now) == Breaker::Passage::trial};
}

void Forwarder::conclude(Trip& trip, Finding finding, std::optional<Milliseconds> asked, std::string_view text) {
  trip.is_concluded = true;
  conclude(*trip.snapshot, trip.candidate, trip.name_there(), trip.trial, {finding, asked, text});
}

// Notes what an attempt says of its endpoint, and of the model there.
void Forwarder::conclude(const registry::Snapshot& snapshot, const registry::Candidate& candidate,
                         std::string_view name_there, Trial trial, const Told& told) {
  const auto& endpoint = snapshot.endpoints[candidate.endpoint];
  auto& load = *endpoint.load;
  auto* const of_model = routing::model_breaker(snapshot, candidate);
  const auto now = told.finding == Finding::healthy ? MonotonicTime() : worker_.now();
  auto of_endpoint = told.finding;
  auto of_its_model = told.finding;
  if (told.finding == Finding::fault) {
    const bool is_models = of_model != nullptr && blames_model(told.text, name_there);
    (is_models ? of_endpoint : of_its_model) = Finding::neither;
  }
  if (told.finding == Finding::backpressure) {
    load.backpressure.press(now, told.asked.value_or(registry::Backpressure::unsaid));
  }
  if (tell(load.breaker, of_endpoint, trial.of_endpoint, now, load, counts_)) {
    feedback_.passed_over(endpoint.name, "");
  }
  if (of_model != nullptr && tell(*of_model, of_its_model, trial.of_model, now, load, counts_)) {
    feedback_.passed_over(endpoint.name, std::string(name_there));
  }
}

// True: the attempt is followed by another one, and what it said is not the client's answer.
bool Forwarder::plan(Trip& trip, const routing::Judgement& judgement) {
  if (!judgement.may_move()) return false;
  const auto& rules = trip.snapshot->rules->routing;
  auto& detour = trip.on_detour();
  detour.tried.push_back(trip.candidate.endpoint);
  const auto attempts = trip.attempts_at_model();
  Choice other;
  if (attempts < rules.attempts) other = choose(trip, detour.tried);
  const routing::Progress progress{.attempts = attempts,
                                   .has_repeated = detour.has_repeated,
                                   .has_other = other.kind == Choice::Kind::chosen,
                                   .must_not_repeat = trip.must_not_repeat()};
  auto next = routing::next_step(judgement, progress, rules, std::uniform_real_distribution<double>(0, 1)(random_));
  const bool is_free = next.step == Step::end || judgement.nothing_was_sent();
  if (!is_free && !trip.model->budget->withdraw(rules.retry_budget, worker_.now())) next = {};
  detour.pause = next.pause;
  switch (next.step) {
    case Step::move:
      counts_.moved[static_cast<std::size_t>(judgement.reason)].add();
      detour.next = other.candidate;
      return true;
    case Step::repeat:
      counts_.retried.add();
      detour.has_repeated = true;
      detour.next = trip.candidate;
      return true;
    case Step::end: break;
  }
  const bool may_have_begun = trip.must_not_repeat() && !judgement.nothing_was_sent();
  return !may_have_begun && turn_to_fallback(trip);
}

// Of what was tried, what a newer picture still has.
Tried Forwarder::tried_in(const registry::Snapshot& newer, const Trip& trip) {
  Tried tried;
  if (trip.detour) tried = trip.detour->tried;
  tried.push_back(trip.candidate.endpoint);
  if (&newer == trip.snapshot.get()) return tried;
  Tried found;
  for (const auto number : tried) {
    const auto same =
        std::ranges::find(newer.endpoints, trip.snapshot->endpoints[number].name, &registry::SnapshotEndpoint::name);
    if (same != newer.endpoints.end()) {
      found.push_back(static_cast<std::uint32_t>(same - newer.endpoints.begin()));
    }
  }
  return found;
}

// True: the silent attempt at hand is to be given up, because the next one has its place. Who has come up or is
// configured since the request began counts as well.
bool Forwarder::find_refuge(Trip& trip, bool was_sent) {
  using routing::Reason;
  Trip ahead(trip.request, snapshot_, waiting_room_);
  ahead.model = ahead.snapshot->find(trip.model->id);
  if (ahead.model == nullptr) return false;
  ahead.candidates = ahead.model->candidates[trip.request.api];
  const auto tried = tried_in(*ahead.snapshot, trip);
  const auto other = choose(ahead, tried);
  const auto now = worker_.now();
  // A silent endpoint may be a slow one: what is known to fail is no better.
  if (other.kind != Choice::Kind::chosen || routing::is_faulty(*ahead.snapshot, other.candidate, now)) return false;
  const auto share = ahead.snapshot->rules->routing.retry_budget;
  if (was_sent && !ahead.model->budget->withdraw(share, now)) return false;
  ahead.candidate = other.candidate;
  if (!ahead.place.take(ahead.endpoint(), ahead.candidate)) {
    // Somebody else was quicker there: there is no further attempt. Were the place taken first, each look at an empty
    // budget would keep others from it for a moment.
    constexpr double what_was_withdrawn = 1;
    if (was_sent) ahead.model->budget->deposit(what_was_withdrawn);
    return false;
  }
  counts_.moved[static_cast<std::size_t>(was_sent ? Reason::silent : Reason::unreachable)].add();
  auto& detour = trip.on_detour();
  detour.pause = Milliseconds(0);
  detour.refuge.emplace(Refuge{std::move(ahead.snapshot), ahead.model, ahead.candidate, tried, std::move(ahead.place)});
  return true;
}

void Forwarder::Trip::take_refuge() {
  auto refuge = *std::exchange(detour->refuge, std::nullopt);
  place = std::move(refuge.place);
  snapshot = std::move(refuge.snapshot);
  model = refuge.model;
  candidates = model->candidates[request.api];
  candidate = refuge.candidate;
  detour->tried = std::move(refuge.tried);
  if (detour->stand_in != nullptr) detour->stand_in = model;
}

// The first model that stands in for the one that was asked for, may be used by the client and can be served now;
// nullptr: there is none.
const registry::SnapshotModel* Forwarder::next_fallback(Trip& trip) {
  const auto& fallbacks = trip.snapshot->rules->models.fallbacks;
  if (fallbacks.empty() || trip.is_bound()) return nullptr;
  const auto found = fallbacks.find(std::string(trip.request.model));
  if (found == fallbacks.end()) return nullptr;
  // The place that it has may be the one that the other model needs.
  const bool had_place = trip.place.is_taken();
  trip.place.give_back();
  // What stands before the model at hand had its turn.
  const auto& names = found->second;
  auto each = trip.fallback().empty() ? names.begin() : std::next(std::ranges::find(names, trip.fallback()));
  for (; each != names.end(); ++each) {
    const std::string& name = *each;
    const auto* model = trip.snapshot->find(name);
    if (model == nullptr || name == trip.request.model || std::find(names.begin(), each, name) != each) continue;
    if (!trip.request.permission.covers(name)) continue;
    const auto& candidates = model->candidates[trip.request.api];
    if (!can_serve(*trip.snapshot, candidates)) continue;
    return model;
  }
  if (had_place) trip.place.take(trip.endpoint(), trip.candidate);
  return nullptr;
}

bool Forwarder::turn_to_fallback(Trip& trip) {
  const auto* model = next_fallback(trip);
  if (model == nullptr) return false;
  trip.on_detour().next_model = model;
  counts_.fallbacks.add();
  return true;
}

void Forwarder::Trip::take_fallback() {
  model = detour->stand_in = std::exchange(detour->next_model, nullptr);
  place.give_back();
  candidates = model->candidates[request.api];
  model->budget->deposit(snapshot->rules->routing.retry_budget);
  detour->tried.clear();
  detour->attempts = attempts;
  detour->has_repeated = false;
  detour->pause = Milliseconds(0);
}

bool Forwarder::Impatience::is_over(bool was_sent) {
  return trip_.was_silent = forwarder_.find_refuge(trip_, was_sent);
}

// nullptr: an attempt may be silent for as long as its endpoint's own limit says.
std::unique_ptr<Forwarder::Impatience> Forwarder::impatience_of(Trip* trip) {
  if (trip == nullptr) return nullptr;
  const auto& rules = trip->snapshot->rules->routing;
  const auto lasts = trip->endpoint().timeouts.failover_after.value_or(rules.failover_after);
  const bool may_move = trip->snapshot->endpoints.size() > 1 && trip->attempts_at_model() < rules.attempts;
  if (lasts <= Milliseconds(0) || !may_move || trip->must_not_repeat()) return nullptr;
  return std::make_unique<Impatience>(*this, *trip, lasts);
}

// False: what the endpoint answered is the client's answer. Its body has not been looked at then, unless it may say
// that the request is too long.
net::Task<bool> Forwarder::moves_on(Trip& trip, upstream::Exchange& exchange, const http::ResponseHead& head) {
  const auto judgement = routing::judge(head.status, asked_pause(head, worker_.clock().wall()));
  const auto& rules = trip.snapshot->rules->models;
  WholeBody body;
  if (head.status == 400 && rules.fallback_on_context_length && !trip.must_not_repeat() &&
      next_fallback(trip) != nullptr) {
    body = co_await read_whole_body(worker_, exchange, limits_);
    if (!body.whole || !says_too_long(body.text) || !turn_to_fallback(trip)) co_return false;
  } else if (!plan(trip, judgement)) {
    // Whose fault it is, its body says once it was relayed.
    if (judgement.finding != Finding::fault) conclude(trip, judgement.finding, judgement.pause, "");
    co_return false;
  } else {
    body = co_await read_whole_body(worker_, exchange, limits_);
  }
  conclude(trip, judgement.finding, judgement.pause, body.text);
  if (!body.whole) co_return true;
  const auto& came = exchange.connection().in;
  trip.detour->held = Held{std::string(came.view().substr(0, exchange.head_size())), body.text, trip.endpoint().name,
                           trip.endpoint().number, std::string(trip.fallback())};
  StreamPace pace;
  Relayed dropped(pace);
  dropped.body_bytes = body.text.size();
  dropped.beginning = body.text.substr(0, kept_beginning);
  judge_capability(trip.request, trip.endpoint(), trip.name_there(), trip.candidate.verdict, head.status, dropped);
  if (body.clean) exchange.finish();
  co_return true;
}

// The last attempt met no answer, but one before it did.
net::Task<> Forwarder::answer_with_held(http::Connection& client, const Trip& trip, Outcome& outcome) {
  const Held& held = *trip.detour->held;
  http::ResponseHead head;
  if (http::parse(held.head, limits_, head)) co_return;
  const http::Framing framing{.kind = http::BodyKind::length, .length = held.body.size()};
  const OwnFields own{.request_id = trip.request.request_id,
                      .endpoint = held.endpoint,
                      .fallback = held.fallback,
                      .queued = outcome.queued,
                      .rate_limits = trip.request.rate_limits};
  std::string text = response_head(head, framing, OutgoingFraming::length, client.keeps_alive(), own);
  if (auto* const decision = trip.request.decision; decision != nullptr) {
    decision->add("answered with what " + held.endpoint + " said");
    text.insert(text.size() - 2, decision->fields(std::chrono::steady_clock::now()));
  }
  outcome.error.reset();
  outcome.status = head.status;
  outcome.endpoint = held.endpoint;
  outcome.endpoint_number = held.endpoint_number;
  outcome.endpoint_request_id = head.fields.find(http::FieldName::x_request_id).value_or("");
  outcome.fallback.reset();
  if (!held.fallback.empty()) outcome.fallback = held.fallback;
  outcome.body_bytes = held.body.size();
  const std::array buffers{net::asio::const_buffer(text.data(), text.size()),
                           net::asio::const_buffer(held.body.data(), held.body.size())};
  if (client.put(buffers) && (!client.has_unsent() || co_await client.flush())) co_return;
  outcome.cause = "client_left";
  client.cut();
}

}  // namespace pointsman::proxy
