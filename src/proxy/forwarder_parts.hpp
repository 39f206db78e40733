#pragma once

#include <boost/container/small_vector.hpp>

#include "pointsman/payload/splice.hpp"
#include "pointsman/proxy/forwarder.hpp"
#include "pointsman/upstream/exchange.hpp"

// What the files of the Forwarder share.
namespace pointsman::proxy {

using Candidates = boost::container::small_vector<registry::Candidate, 8>;

// What one attempt sends, and what is done with its answer.
struct Forwarder::Dispatch {
  const registry::SnapshotEndpoint& endpoint;
  std::string head;  // given back once it has been sent
  payload::Spliced body;
  http::StreamDialect stream;
  std::string_view request_id;
  const RateLimits* rate_limits = nullptr;  // as in OwnFields
  Decision* decision = nullptr;             // as in Request
  bool heeds_leave = true;                  // false: the endpoint is to go on without the client
  bool keeps_beginning = false;             // as relay() takes it
  bool passes_404 = true;                   // false: another endpoint is asked then, and the client hears nothing yet
  bool reads_usage = true;
  http::DataListener* follower = nullptr;
  bool is_timed = false;                         // how long its first byte took counts for later choices
  std::optional<Milliseconds>* asked = nullptr;  // is told for how long an answer that refuses asks to wait
  observe::Trace* trace = nullptr;               // as in Request
};

// Apart from forward(), whose frame lives as long as the answer.
struct Forwarder::Bound {
  Candidates candidates;
  http::ErrorAnswer when_down;
  std::optional<http::ErrorAnswer> refusal;
};

// An endpoint's answer that was not passed on, in case nobody has a better one.
struct Held {
  std::string head;  // as it came
  std::string body;
  std::string endpoint;
  std::uint32_t endpoint_number = 0;
  std::string fallback;  // in whose place its model stood, if it did
};

// Another endpoint for a request whose endpoint is silent, and a place there.
struct Refuge {
  registry::SnapshotPtr snapshot;  // the newest
  const registry::SnapshotModel* model;
  registry::Candidate candidate;
  routing::Tried tried;
  routing::Place place;
};

struct Forwarder::Trial {
  bool of_endpoint = false;
  bool of_model = false;
};

struct Forwarder::Told {
  routing::Finding finding;
  std::optional<Milliseconds> asked = {};  // for how long it asks to wait
  std::string_view text = {};              // of an error, as far as it is known: it may blame the model
};

struct Forwarder::Detour {
  routing::Tried tried;        // endpoints of the model at hand
  std::uint32_t attempts = 0;  // at models before it
  bool has_repeated = false;
  const registry::SnapshotModel* stand_in = nullptr;  // the model at hand, if it is a fallback
  std::optional<Held> held;

  // What comes next, if anything does: an attempt at an endpoint, or another model.
  std::optional<registry::Candidate> next;
  std::optional<Refuge> refuge;
  Milliseconds pause{0};
  const registry::SnapshotModel* next_model = nullptr;
};

struct Forwarder::Trip {
  Trip(const Request& what, registry::SnapshotPtr picture, routing::Vacancies& vacancies)
      : request(what), snapshot(std::move(picture)), place(vacancies) {}

  Detour& on_detour() {
    if (!detour) detour = std::make_unique<Detour>();
    return *detour;
  }
  bool goes_on() const { return detour && (detour->next || detour->refuge || detour->next_model != nullptr); }
  const registry::SnapshotEndpoint& endpoint() const { return snapshot->endpoints[candidate.endpoint]; }
  std::string_view name_there() const { return model->names[candidate.name]; }
  std::string_view fallback() const {
    return detour && detour->stand_in != nullptr ? std::string_view(detour->stand_in->id) : "";
  }
  void take_fallback();
  void take_refuge();
  // How often it was sent to the model at hand.
  std::uint32_t attempts_at_model() const { return attempts - (detour ? detour->attempts : 0); }
  // It goes on with something that an endpoint keeps, whether that is known or not.
  bool is_bound() const { return bound != nullptr || request.fields.previous_response || request.fields.conversation; }
  // It may be computed once only: what it goes on with, or what nobody waits for, would be there twice.
  bool must_not_repeat() const { return is_bound() || request.fields.background; }

  const Request& request;
  registry::SnapshotPtr snapshot;
  const registry::SnapshotModel* model = nullptr;
  std::span<const registry::Candidate> candidates;
  registry::Candidate candidate;  // the attempt's
  routing::Place place;           // there
  std::unique_ptr<Bound> bound;
  std::unique_ptr<Detour> detour;
  std::uint32_t attempts = 0;
  Trial trial;
  bool was_silent = false;
  bool has_waited = false;    // for others than the endpoint of its attempt
  bool is_concluded = false;  // what the attempt says of its endpoint was noted
};

// Says whether a silent attempt shall be moved, which is settled then.
class Forwarder::Impatience final : public upstream::Patience {
 public:
  Impatience(Forwarder& forwarder, Trip& trip, Milliseconds lasts)
      : forwarder_(forwarder), trip_(trip), lasts_(lasts) {}

  Milliseconds lasts() const { return lasts_; }
  bool is_over(bool was_sent) override;

 private:
  Forwarder& forwarder_;
  Trip& trip_;
  Milliseconds lasts_;
};

// What a relayed answer says of its endpoint.
inline routing::Finding finding_of(int status, RelayEnd end) {
  if (end == RelayEnd::upstream_died) return routing::Finding::fault;
  if (end == RelayEnd::client_left && status < 400) return routing::Finding::neither;
  return routing::judge(status).finding;
}

// `path`: empty where it names something of the client's. `model`: its name there.
inline void begin_span(observe::Trace* trace, const registry::SnapshotEndpoint& endpoint, std::string_view base,
                       std::string_view path, std::string_view model) {
  if (trace == nullptr) return;
  trace->begin_attempt({.endpoint = endpoint.name,
                        .server_type = endpoint.learned->server_type,
                        .scheme = endpoint.url.scheme,
                        .host = endpoint.url.host,
                        .port = endpoint.url.port,
                        .path = path,
                        .base = path.empty() ? "" : base,
                        .model = model});
}

inline void end_span(observe::Trace* trace, const Error* failure, const Outcome& outcome) {
  if (trace != nullptr) trace->end_attempt(failure != nullptr ? name(failure->code) : outcome.cause);
}

inline void refuse(Outcome& outcome, http::ErrorAnswer answer) {
  outcome.cause = answer.code;
  outcome.error = std::move(answer);
}

inline Outcome refused(http::ErrorAnswer answer) {
  Outcome outcome;
  refuse(outcome, std::move(answer));
  return outcome;
}

}  // namespace pointsman::proxy
