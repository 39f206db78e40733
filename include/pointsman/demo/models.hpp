#pragma once

#include "pointsman/demo/answer.hpp"

namespace pointsman::demo {

// GET /v1/models
Answer model_list();
// GET /v1/models/demo
Answer model();

}  // namespace pointsman::demo
