#include <array>

#include "pointsman/probe/family.hpp"

namespace pointsman::probe {
namespace {

constexpr std::array table{
    &llama_cpp,
    &ollama,
    &vllm,
    &llama_cpp_python,
};

}  // namespace

const Family* family_of(std::string_view type) {
  for (const auto* family : table) {
    if (family->type == type) return family;
  }
  return nullptr;
}

}  // namespace pointsman::probe
