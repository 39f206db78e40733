#pragma once

#include <string>

#include "pointsman/base/clock.hpp"

namespace pointsman::ownership {

// Where something lives that an endpoint keeps (a response, a conversation, a stored chat completion), and for whom it
// was made.
struct Owner {
  std::string endpoint;  // its name
  std::string key;       // the name of the client's key; empty: the gateway was open
  WallTime expires_at{};

  bool operator==(const Owner&) const = default;
};

}  // namespace pointsman::ownership
