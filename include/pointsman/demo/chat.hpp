#pragma once

#include "pointsman/demo/answer.hpp"

namespace pointsman::demo {

// POST /v1/chat/completions: tells the user's last words back.
Answer chat(const Json& request, const Stamp& stamp);
// POST /v1/completions: tells the prompt back.
Answer completion(const Json& request, const Stamp& stamp);

}  // namespace pointsman::demo
