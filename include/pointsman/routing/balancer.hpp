#pragma once

#include <boost/container/small_vector.hpp>
#include <cstdint>
#include <optional>
#include <span>

#include "pointsman/registry/snapshot.hpp"
#include "pointsman/routing/place.hpp"
#include "pointsman/routing/turn.hpp"

namespace pointsman::routing {

// The endpoints that a request has been sent to already.
using Tried = boost::container::small_vector<std::uint32_t, 8>;

struct Choice {
  enum class Kind : std::uint8_t {
    chosen,
    none_up,   // all that could serve it are down, or have been tried
    all_full,  // those that are up are at their max_concurrent
  };
  Kind kind = Kind::none_up;
  registry::Candidate candidate;  // if chosen
};

// What a choice goes by besides the candidates.
struct Occasion {
  registry::Policy policy = registry::Policy::least_loaded;
  std::uint64_t affinity = 0;  // what conversations that begin in the same way have in common; 0: not known
  MonotonicTime now{};
  bool takes_turn = true;  // of those that are equal, the next choice is another one
};

// Chooses among the candidates of one model and API: those that are up and not at their max_concurrent; what is known
// to work before what might; the lowest priority that has one. There who has a slot free before who says that all are
// taken, and who has the model in memory before who would have to load it. Among those that are left the policy
// decides:
//
//   least_loaded  the fewest requests, ours and those that the endpoint had of others, relative to weight; ties rotate
//   round_robin   one after the other, over all workers; one of twice the weight has two turns
//   p2c_latency   of two at random, the one with the lower product of what its first byte lately took and the requests
//                 that it has, relative to weight
//   prefix_hash   the first with room in the order of the request's affinity (rendezvous.hpp); least_loaded without one
//
// One per worker; no I/O.
class Balancer {
 public:
  explicit Balancer(std::uint64_t seed = 0) : random_(seed) {}

  // Takes a place there as well, if it is given one to fill; where another worker was quicker, it chooses again.
  Choice choose(const registry::Snapshot& snapshot, std::span<const registry::Candidate> candidates, const Tried& tried,
                const Occasion& occasion = {}, Place* place = nullptr);

 private:
  struct Pick {
    Choice choice;
    std::optional<Turn> turn;
  };
  using Best = boost::container::small_vector<const registry::Candidate*, 16>;

  Pick pick(const registry::Snapshot& snapshot, std::span<const registry::Candidate> candidates, const Tried& tried,
            const Occasion& occasion);
  const registry::Candidate& quicker_of_two(const registry::Snapshot& snapshot, const Best& best, MonotonicTime now);
  std::size_t below(std::size_t bound);  // at random

  std::uint32_t rotation_ = 0;
  std::uint64_t random_;
};

// What p2c_latency goes by: what a request has to expect at an endpoint, in microseconds for a weight of 1.
double expected_wait(const registry::SnapshotEndpoint& endpoint, MonotonicTime now);

}  // namespace pointsman::routing
