#pragma once

#include "pointsman/demo/answer.hpp"

namespace pointsman::demo {

// POST /v1/responses: tells the user's last words back, as a whole or as the full sequence of events. Nothing is
// stored.
Answer response(const Json& request, const Stamp& stamp);

}  // namespace pointsman::demo
