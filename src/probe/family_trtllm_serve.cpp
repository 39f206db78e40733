// trtllm-serve of TensorRT-LLM.
//
// Like vLLM a FastAPI server, but its /metrics hands out each figure once, to whoever asks first, and /health_generate
// and /perf_metrics cost: they are left alone.
#include "pointsman/probe/family.hpp"
#include "pointsman/probe/version_page.hpp"

namespace pointsman::probe {

constinit const Family trtllm_serve{
    .type = "trtllm-serve",
    .means = {.openapi = true, .get = true, .post = true},
    .identify = identify_by_version_page,
    .examine_models = nullptr,
    .take_pulse = nullptr,
};

}  // namespace pointsman::probe
