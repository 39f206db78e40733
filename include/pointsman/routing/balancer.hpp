#pragma once

#include <boost/container/small_vector.hpp>
#include <cstdint>
#include <optional>
#include <span>

#include "pointsman/registry/snapshot.hpp"

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
};

// Chooses among the candidates of one model and API: those that are up and not at their max_concurrent; what is known
// to work before what might; the lowest priority that has one. There who has a slot free before who says that all are
// taken, who has the model in memory before who would have to load it, and then the fewest requests, ours and those
// that the endpoint had of others, relative to weight; ties rotate. One per worker; no I/O.
class Balancer {
 public:
  Choice choose(const registry::Snapshot& snapshot, std::span<const registry::Candidate> candidates, const Tried& tried,
                const Occasion& occasion = {});

 private:
  std::uint32_t rotation_ = 0;
};

// A request in flight at an endpoint: counted from construction to destruction, over all workers.
class InFlight {
 public:
  InFlight() = default;
  explicit InFlight(std::shared_ptr<registry::EndpointLoad> load) : load_(std::move(load)) { ++load_->in_flight; }
  InFlight(InFlight&& other) noexcept = default;
  InFlight& operator=(InFlight&& other) noexcept {
    std::swap(load_, other.load_);
    return *this;
  }
  ~InFlight() {
    if (load_) --load_->in_flight;
  }

 private:
  std::shared_ptr<registry::EndpointLoad> load_;
};

}  // namespace pointsman::routing
