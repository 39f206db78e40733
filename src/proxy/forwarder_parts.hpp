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
  std::string_view base;
  std::string_view path;
  payload::Spliced body;
  bool decompressed = false;  // the body goes on without the coding that the client's has
  http::StreamDialect stream;
  std::string_view request_id;
  bool heeds_leave = true;       // false: the endpoint is to go on without the client
  bool keeps_beginning = false;  // as relay() takes it
  bool passes_404 = true;        // false: another endpoint is asked then, and the client hears nothing yet
  bool reads_usage = true;
  http::DataListener* follower = nullptr;
  bool is_timed = false;  // how long its first byte took counts for later choices
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
  std::string_view fallback;  // in whose place its model stood, if it did
};

struct Forwarder::Detour {
  routing::Tried tried;        // endpoints of the model at hand
  std::uint32_t attempts = 0;  // at models before it
  bool has_repeated = false;
  const registry::SnapshotModel* stand_in = nullptr;  // the model at hand, if it is a fallback
  std::optional<Held> held;

  // What comes next, if anything does: an attempt at an endpoint, or another model.
  std::optional<registry::Candidate> next;
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
  bool goes_on() const { return detour && (detour->next || detour->next_model != nullptr); }
  const registry::SnapshotEndpoint& endpoint() const { return snapshot->endpoints[candidate.endpoint]; }
  std::string_view name_there() const { return model->names[candidate.name]; }
  std::string_view fallback() const {
    return detour && detour->stand_in != nullptr ? std::string_view(detour->stand_in->id) : "";
  }
  void take_fallback();
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
  bool is_trial = false;        // the attempt may close the endpoint's breaker
  bool is_model_trial = false;  // the same of the model's there
  bool was_silent = false;
  bool is_concluded = false;  // what the attempt says of its endpoint was noted
};

// Asks whether a silent attempt shall be moved, and plans that it is.
class Forwarder::Impatience final : public upstream::Patience {
 public:
  Impatience(Forwarder& forwarder, Trip& trip, Milliseconds lasts)
      : forwarder_(forwarder), trip_(trip), lasts_(lasts) {}

  Milliseconds lasts() const { return lasts_; }
  bool is_over() override;

 private:
  Forwarder& forwarder_;
  Trip& trip_;
  Milliseconds lasts_;
};

inline Outcome refused(http::ErrorAnswer answer) {
  Outcome outcome;
  outcome.cause = answer.code;
  outcome.error = std::move(answer);
  return outcome;
}

}  // namespace pointsman::proxy
