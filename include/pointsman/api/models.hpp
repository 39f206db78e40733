#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "pointsman/config/key.hpp"
#include "pointsman/registry/snapshot.hpp"

// The bodies of GET /v1/models and GET /v1/models/{id}.
namespace pointsman::api {

// A client sees what its key may use: the models, and of their APIs those that it may use as well. No key (nullptr):
// all. A model is not seen if it is known to offer some APIs and the key may use none of them.
bool may_see(const registry::Snapshot& snapshot, const registry::SnapshotModel& model, const config::Key* key);

// The names of the APIs that its endpoints are known to offer, of those that the key may use.
std::vector<std::string_view> supported_apis(const registry::Snapshot& snapshot, const registry::SnapshotModel& model,
                                             const config::Key* key);

// With `now`, each model says for each of its endpoints what is known, how, and how old that is: verbose=true.

// The list, made bit by bit: thousands of models would hold up whoever shares the worker. The snapshot and the key must
// outlive it.
class ModelList {
 public:
  static constexpr std::size_t at_once = 50;  // models; a few milliseconds for the longest entries

  ModelList(const registry::Snapshot& snapshot, const config::Key* key, std::optional<WallTime> now = {});
  ~ModelList();

  // False: all are in it.
  bool add_some();
  // The body, once all are in it.
  std::string take();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

std::string model_body(const registry::Snapshot& snapshot, const registry::SnapshotModel& model, const config::Key* key,
                       std::optional<WallTime> now = {});

}  // namespace pointsman::api
