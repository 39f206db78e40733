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

  // What is another key's, and has not expired, stays that key's.
  virtual void keep(const std::string& id, const Owner& owner, WallTime now) = 0;

  // Calls `done` once, on a thread of its own choice. Nothing: it does not know, or cannot look.
  virtual void find(const std::string& id, Done done) = 0;
};

}  // namespace pointsman::ownership
