#pragma once

#include "pointsman/demo/answer.hpp"

namespace pointsman::demo {

// POST /v1/embeddings: a small unit vector for each input, always the same for the same text.
Answer embeddings(const Json& request);

}  // namespace pointsman::demo
