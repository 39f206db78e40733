#pragma once

#include <string>
#include <string_view>

#include "pointsman/probe/observation.hpp"

namespace pointsman::probe {

// What an answer to GET /models looks like it comes from.
struct Fingerprint {
  std::string_view type;  // "llama.cpp", "ollama", ...; empty: like nothing we know
  bool distinct = false;  // the server says so itself; false: it only does not say anything else
  std::string version;    // where the header that gave it away tells it
};

// By the headers, then by who owns the models: the signs of the emulators of other servers stand before the signs of
// what they emulate. `owned_by` and `id` are those of the first model, "" if there is none.
Fingerprint fingerprint(const Observation& models, std::string_view owned_by, std::string_view id = "");

}  // namespace pointsman::probe
