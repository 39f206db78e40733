#pragma once

#include <functional>
#include <optional>
#include <string>

#include "pointsman/ownership/owner.hpp"

namespace pointsman::ownership {

// Remembers owners for longer than the process lives, and more of them than there is memory for. Safe from any thread;
// nothing here waits.
class Archive {
 public:
  using Done = std::function<void(std::optional<Owner>)>;

  virtual ~Archive() = default;

  virtual void keep(const std::string& id, const Owner& owner) = 0;

  // Calls `done` once, on a thread of its own choice. Nothing: it does not know, or cannot look.
  virtual void find(const std::string& id, Done done) = 0;
};

}  // namespace pointsman::ownership
