#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <random>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "pointsman/base/seldom.hpp"
#include "pointsman/http/connection.hpp"
#include "pointsman/observe/histogram.hpp"
#include "pointsman/observe/trace.hpp"
#include "pointsman/ownership/directory.hpp"
#include "pointsman/payload/request_fields.hpp"
#include "pointsman/payload/splice.hpp"
#include "pointsman/proxy/attempt_counts.hpp"
#include "pointsman/proxy/decision.hpp"
#include "pointsman/proxy/feedback.hpp"
#include "pointsman/proxy/permission.hpp"
#include "pointsman/proxy/relay.hpp"
#include "pointsman/proxy/residence.hpp"
#include "pointsman/proxy/waiting_room.hpp"
#include "pointsman/proxy/wanted.hpp"
#include "pointsman/registry/snapshot.hpp"
#include "pointsman/routing/balancer.hpp"
#include "pointsman/routing/ejection.hpp"
#include "pointsman/routing/judgement.hpp"
#include "pointsman/upstream/pool.hpp"

namespace pointsman::proxy {

// A request that may be forwarded: read, scanned and allowed.
struct Request {
  registry::Api api;
  std::string_view body;                 // as it came
  std::string_view plain;                // the same bytes, or what they decompress to
  const payload::RequestFields& fields;  // of the plain one
  payload::Notation notation;
  std::string_view model;  // what it asks for, or the default of its API
  std::string_view key;    // the name of the client's key; empty: the gateway is open
  bool may_try_unknown;    // false: what nobody saw being made may be another client's
  std::string_view request_id;
  const Permission& permission;                     // for models that stand in for this one
  std::uint32_t priority = 0;                       // of the key, where requests wait: lower first
  const RateLimits* rate_limits = nullptr;          // as in OwnFields
  std::chrono::steady_clock::time_point read_at{};  // when it was there, whole
  Decision* decision = nullptr;                     // of a client that asks for it
  observe::Trace* trace = nullptr;                  // is told of the attempts; nullptr: it has none
};

// A request for something that an endpoint keeps, or for a new one, without a model.
struct KeptRequest {
  registry::Api api;      // what made it, or makes it
  std::string_view id;    // empty: a new one is asked for
  std::string_view path;  // below the endpoint's base
  std::string_view body;
  std::string_view key;
  bool may_try_unknown;
  std::string_view request_id;
  const RateLimits* rate_limits = nullptr;  // as in OwnFields
  bool reads_usage = false;                 // it may tell what a response took that was begun before and has ended
  Decision* decision = nullptr;             // as in Request
  observe::Trace* trace = nullptr;          // as in Request
};

// How a request ended.
struct Outcome {
  // Nothing has been sent to the client yet, and this is what it should be told.
  Seldom<http::ErrorAnswer> error;
  int status = 0;                      // what the client got, if the endpoint answered
  std::string endpoint;                // who answered, or was tried last; empty: nobody
  std::string endpoint_request_id;     // its x-request-id, which the client sees in place of ours; empty: it sent none
  std::string_view cause;              // a word for the log; empty: all went well
  Seldom<std::string> detail;          // the same in a sentence, for the log only: it may name addresses
  std::uint64_t body_bytes = 0;        // sent to the client
  payload::Usage usage;                // as far as the answer told it; not of a response in the background that goes on
  std::uint32_t attempts = 0;          // 0: none was made
  Seldom<std::string> failed_at;       // the endpoints of those before the last, with commas
  std::optional<Milliseconds> queued;  // how long it waited for a place at an endpoint; absent: it did not
  Seldom<std::string> fallback;        // the model that stood in for the one that was asked for; absent: none did
  Seldom<std::string> background_id;   // of a response that the endpoint makes without its client; absent: it is none
  std::uint32_t endpoint_number = 0;   // of its name (registry/known_names.hpp)
  std::uint32_t model_number = 0;      // of the model that was asked for; none: nobody has it
  StreamPace pace;                     // of its answer, if that was a stream
  // What it took here and not elsewhere; below 0: it waited for something, so nobody knows.
  std::chrono::microseconds overhead{-1};
  Seldom<std::string> served_model;  // its name at the endpoint; absent: the one that was asked for, if any was
};

inline std::string_view fallback_of(const Outcome& outcome) {
  return outcome.fallback ? std::string_view(*outcome.fallback) : "";
}

// What came of its last attempt, for people: "a failed (unreachable)", "a answered 503".
std::string failure_in_words(const Outcome& outcome);

// Sends a request to an endpoint that serves its model with its API, and the answer back: the loop of attempts. One per
// worker. Until the first byte has gone to the client, what failed is moved to another endpoint, tried once more where
// there is none, or sent to a model that stands in (docs/operations.md); after that nothing is. Where every endpoint
// has as many requests as it may have, it waits for a place (waiting_room.hpp).
//
// What goes on with something that an endpoint keeps goes to that endpoint and nowhere else; what an answer says that
// its endpoint keeps is learned in passing (docs/adr/0009).
class Forwarder {
 public:
  // `client_leave` takes how long it was from when a client's leaving was noticed to when its exchange was dropped.
  Forwarder(net::Worker& worker, const http::Limits& limits, observe::Histogram& client_leave, AttemptCounts& counts,
            Feedback& feedback, ownership::Directory& owners, WaitingRoom& waiting_room, QueueCounts& queue_counts);

  // The picture that requests from now on see; those under way keep theirs. Returns the one before: a large one takes
  // milliseconds to free, so somebody else had better do that.
  registry::SnapshotPtr use(registry::SnapshotPtr snapshot) {
    lessons_ = 0;
    snapshot.swap(snapshot_);
    if (waiting_room_.are_awaited()) waiting_room_.look_again();
    return snapshot;
  }
  const registry::SnapshotPtr& snapshot() const { return snapshot_; }

  // What comes of it is told in `outcome`, a new one: in a frame of its own it would be there twice for as long as the
  // answer streams.
  net::Task<> forward(http::Connection& client, const Request& request, Outcome& outcome);
  net::Task<Outcome> forward_kept(http::Connection& client, KeptRequest request);

  // For whoever sends requests to endpoints in another way.
  net::Task<> refresh_models();
  void note_failure(const Error& failure, const registry::SnapshotEndpoint& endpoint, Outcome& outcome);
  void note_reached(const registry::SnapshotEndpoint& endpoint);
  // None of these can be used: those that are down are looked at again soon.
  void note_wanted(const registry::Snapshot& snapshot, std::span<const registry::Candidate> candidates);
  routing::Vacancies& vacancies() { return waiting_room_; }

 private:
  friend class WebSocketForwarder;  // which binds and learns in the same way
  struct Bound;                     // to which endpoints a request is bound by what it goes on with
  struct Dispatch;                  // what one attempt sends, and what is done with its answer
  struct Trip;                      // a request on its way, from its first attempt to its last
  struct Detour;                    // what is known of a trip whose first attempt was not its last
  struct Trial;                     // whether an attempt may close a breaker
  struct Told;                      // what an attempt says of its endpoint
  class Impatience;

  static Dispatch dispatch_of(const http::RequestHead& head, const Trip& trip);
  static OwnFields own_fields(const Dispatch& dispatch, const Outcome& outcome);
  net::Task<std::optional<Error>> attempt(http::Connection& client, Dispatch& dispatch, Outcome& outcome,
                                          Relayed& relayed, Trip* trip);
  routing::Choice choose(const Trip& trip, const routing::Tried& tried, routing::Place* place = nullptr);
  routing::Choice choose(routing::Balancer& balancer, const registry::Snapshot& snapshot,
                         std::span<const registry::Candidate> candidates, const routing::Tried& tried,
                         routing::Occasion going_by, routing::Place* place);
  Trial begin_trial(const registry::Snapshot& snapshot, const registry::Candidate& candidate) const;
  void conclude(const registry::Snapshot& snapshot, const registry::Candidate& candidate, std::string_view name_there,
                Trial trial, const Told& told);
  bool begin_trip(Trip& trip, Outcome& outcome);
  static bool heeds_bound(Trip& trip, Outcome& outcome);
  void tell_no_place(const Trip& trip, routing::Choice::Kind found, Outcome& outcome);
  bool take_planned(Trip& trip);
  routing::Choice::Kind find_place(Trip& trip);
  void begin_attempt(Trip& trip, Outcome& outcome);
  static void tell_attempt(const Trip& trip, const Outcome& before);
  bool plan(Trip& trip, const routing::Judgement& judgement);
  static routing::Tried tried_in(const registry::Snapshot& newer, const Trip& trip);
  bool find_refuge(Trip& trip, bool was_sent);
  const registry::SnapshotModel* next_fallback(Trip& trip);
  bool turn_to_fallback(Trip& trip);
  std::unique_ptr<Impatience> impatience_of(Trip* trip);
  net::Task<bool> moves_on(Trip& trip, upstream::Exchange& exchange, const http::ResponseHead& head);
  void conclude(Trip& trip, routing::Finding finding, std::optional<Milliseconds> pause, std::string_view text);
  net::Task<> answer_with_held(http::Connection& client, const Trip& trip, Outcome& outcome);
  net::Task<std::unique_ptr<Bound>> bind(const Request& request, const registry::Snapshot& snapshot,
                                         std::span<const registry::Candidate> candidates);
  routing::Occasion occasion(const Trip& trip) const;
  static std::string line_of(const Trip& trip);
  net::Task<routing::Choice::Kind> wait_for_place(http::Connection& client, Trip& trip, Outcome& outcome);
  net::Task<std::optional<http::ErrorAnswer>> renew(Trip& trip);
  net::Task<std::optional<ownership::Owner>> find_owner(std::string_view id);
  void note_first_byte(const registry::SnapshotEndpoint& endpoint, int status, std::chrono::nanoseconds took);
  void note_unreachable(const registry::SnapshotEndpoint& endpoint);
  void judge_capability(const Request& request, const registry::SnapshotEndpoint& endpoint, std::string_view name,
                        registry::Verdict known, int status, const Relayed& relayed);

  net::Worker& worker_;
  const http::Limits& limits_;
  observe::Histogram& client_leave_;
  AttemptCounts& counts_;
  Feedback& feedback_;
  ownership::Directory& owners_;
  WaitingRoom& waiting_room_;
  QueueCounts& queue_counts_;
  std::uint32_t lessons_ = 0;  // drawn from this snapshot
  registry::SnapshotPtr snapshot_;
  Wanted wanted_;
  routing::Balancer balancer_;
  routing::Ejection ejection_;
  std::minstd_rand random_;
  upstream::Pool pool_;
};

}  // namespace pointsman::proxy
