#include <array>

#include "pointsman/probe/family.hpp"

namespace pointsman::probe {
namespace {

constexpr std::array table{
    &llama_cpp, &ollama,     &vllm,      &sglang,   &tgi,     &transformers,     &trtllm_serve,        &mistral_rs,
    &lmdeploy,  &xinference, &xllm,      &xllm_jd,  &litellm, &llama_cpp_python, &docker_model_runner, &koboldcpp,
    &lemonade,  &llama_swap, &lm_studio, &local_ai, &mlx_lm,  &tabbyapi,
};

}  // namespace

const Family* family_of(std::string_view type) {
  for (const auto* family : table) {
    if (family->type == type) return family;
  }
  return nullptr;
}

}  // namespace pointsman::probe
