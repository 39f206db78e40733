#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "pointsman/registry/snapshot.hpp"

// The bodies of GET /v1/models and GET /v1/models/{id}.
namespace pointsman::api {

// Which models a client may see.
using Visible = std::function<bool(const registry::SnapshotModel&)>;

// With `now`, each model says for each of its endpoints what is known, how, and how old that is: verbose=true.

// The list, made bit by bit: thousands of models would hold up whoever shares the worker. The snapshot must outlive it.
class ModelList {
 public:
  static constexpr std::size_t at_once = 50;  // models; a few milliseconds for the longest entries

  ModelList(const registry::Snapshot& snapshot, Visible visible, std::optional<WallTime> now = {});
  ~ModelList();

  // False: all are in it.
  bool add_some();
  // The body, once all are in it.
  std::string take();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

std::string model_body(const registry::Snapshot& snapshot, const registry::SnapshotModel& model,
                       std::optional<WallTime> now = {});

}  // namespace pointsman::api
