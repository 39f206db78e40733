#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "pointsman/registry/snapshot.hpp"
#include "pointsman/routing/balancer.hpp"

// Why a request for a model with an API would go where it goes: every endpoint, with the reason, for people.
namespace pointsman::routing {

// One endpoint's part in it.
struct Part {
  enum class Kind : std::uint8_t {
    tried,
    at_max_concurrent,
    not_up,
    api_missing,
    model_left_out,    // the endpoint lists the model, but the configuration's `models` of the endpoint does not
    model_not_listed,  // the endpoint does not list it, or has not told what it has
  };
  Kind kind = Kind::tried;
  std::uint32_t endpoint = 0;  // index into Snapshot::endpoints
  std::string name_there;      // what the model is called there; empty: it is not there
  std::string why;             // if tried: why not earlier, or what speaks for it; otherwise why not
};

std::string_view name(Part::Kind kind);  // "tried", "at_max_concurrent", ...

struct Explanation {
  enum class Outcome : std::uint8_t { tried, model_unknown, api_missing, none_up, all_full };
  Outcome outcome = Outcome::model_unknown;
  std::vector<Part> tried;           // in order: each next one if those before it failed
  std::vector<Part> not_tried;       // as configured
  std::vector<std::string> nearest;  // of a model that is unknown: what may have been meant, the nearest first
};

// As the Balancer would choose with the loads of this moment: the order is its own answers, each endpoint that it chose
// counted as tried. Where the policy draws lots it is one of the orders that may come, and where each conversation has
// one of its own it is that of requests without a conversation; the words say so. No I/O; for people who ask, not for
// the request path.
Explanation explain(const registry::Snapshot& snapshot, std::string_view model, registry::Api api,
                    MonotonicTime now = MonotonicTime::min());

// A choice that was made for a request, whose place there is taken.
struct Made {
  const registry::Snapshot& snapshot;
  const registry::SnapshotModel& model;
  registry::Api api;
  std::span<const registry::Candidate> candidates;  // that it was made among: some of the model's, if it is bound
  registry::Candidate chosen;
  const Tried& tried;  // before it
};

// The same words for it, as things are now: first the chosen one, then the others that have the model and were not
// tried.
std::vector<Part> explain(const Made& made);

}  // namespace pointsman::routing
