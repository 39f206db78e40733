#pragma once

#include <string>

#include "pointsman/registry/api.hpp"
#include "pointsman/registry/capability.hpp"

namespace pointsman::registry {

// What the answer to a client's request showed: whether an endpoint has an API after all. A plain value: the data plane
// makes it, the registry takes it in as Provenance::observed.
struct Lesson {
  std::string endpoint;
  std::string model;  // its name there
  Api api = Api::chat_completions;
  Verdict verdict = Verdict::unknown;  // unknown teaches nothing
  std::string evidence;                // as in Capability: 200 bytes at most
  bool of_route = false;               // of the endpoint's route, whatever the model; false: of this model only

  bool operator==(const Lesson&) const = default;
};

}  // namespace pointsman::registry
