#pragma once

#include <atomic>
#include <cstdint>
#include <utility>

#include "pointsman/registry/snapshot.hpp"

namespace pointsman::routing {

// Who wants to hear when a place becomes free. Safe from any thread.
class Vacancies {
 public:
  virtual ~Vacancies() = default;

  // Whether anybody waits for a place. Whoever waits is counted before looking for a place, and whoever gives one back
  // looks here after that, all in one order (seq_cst): one of the two sees the other.
  bool are_awaited() const { return waiting_.load() != 0; }

  // A place at this endpoint is free.
  virtual void freed(const registry::EndpointLoad& endpoint) = 0;

 protected:
  std::atomic<std::uint32_t> waiting_{0};
};

// A request's place at an endpoint: counted from take() to the destruction, over all workers, and exactly: there never
// are more than max_concurrent, at the endpoint and of a model that has a limit of its own there. The snapshot that it
// was taken from must outlive it.
class Place {
 public:
  Place() = default;
  explicit Place(Vacancies& vacancies) : vacancies_(&vacancies) {}
  Place(Place&& other) noexcept
      : vacancies_(other.vacancies_),
        endpoint_(std::exchange(other.endpoint_, nullptr)),
        model_(std::exchange(other.model_, nullptr)) {}
  Place& operator=(Place&& other) noexcept {
    std::swap(vacancies_, other.vacancies_);
    std::swap(endpoint_, other.endpoint_);
    std::swap(model_, other.model_);
    return *this;
  }
  ~Place() { give_back(); }

  // False: there is none any more.
  bool take(const registry::SnapshotEndpoint& endpoint, const registry::Candidate& candidate);
  void give_back();
  bool is_taken() const { return endpoint_ != nullptr; }

 private:
  Vacancies* vacancies_ = nullptr;
  registry::EndpointLoad* endpoint_ = nullptr;
  registry::ModelLoad* model_ = nullptr;  // nullptr: it has no limit of its own
};

// Whether an endpoint has as many requests for a model as it may have for that one.
inline bool is_model_full(const registry::SnapshotEndpoint& endpoint, const registry::Candidate& candidate) {
  if (!candidate.is_limited) return false;
  const auto& model = endpoint.models[candidate.model];
  return model.load->in_flight >= model.max_concurrent;
}

}  // namespace pointsman::routing
