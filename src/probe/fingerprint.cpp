#include "pointsman/probe/fingerprint.hpp"

#include <array>

namespace pointsman::probe {
namespace {

enum class Place { header, owner };

struct Sign {
  Place place;
  std::string_view header;  // in lower case; of owners: empty
  std::string_view begins;  // what the value begins with; of owners: the whole value
  std::string_view type;
};

// The first that fits decides. Signs that several servers share are not here: "uvicorn", "BaseHTTP" and "Express" are
// classes of servers, and "local" is an owner that anybody may name.
constexpr std::array signs{
    Sign{Place::header, "server", "ConcedoLlamaForKoboldServer", "koboldcpp"},
    Sign{Place::header, "server", "llamafile", "llamafile"},
    Sign{Place::header, "x-litellm-version", "", "litellm"},
    Sign{Place::header, "server", "llama.cpp", "llama.cpp"},
    Sign{Place::owner, "", "koboldcpp", "koboldcpp"},
    Sign{Place::owner, "", "lemonade", "lemonade"},
    Sign{Place::owner, "", "docker", "docker-model-runner"},
    Sign{Place::owner, "", "llama-swap", "llama-swap"},
    Sign{Place::owner, "", "me", "llama-cpp-python"},
    Sign{Place::owner, "", "llamacpp", "llama.cpp"},
    Sign{Place::owner, "", "sglang", "sglang"},
    Sign{Place::owner, "", "tabbyAPI", "tabbyapi"},
    Sign{Place::owner, "", "lmdeploy", "lmdeploy"},
    Sign{Place::owner, "", "xinference", "xinference"},
    Sign{Place::owner, "", "Triton Inference Server", "triton"},
    Sign{Place::owner, "", "xllm", "xllm-jd"},
    Sign{Place::owner, "", "load balancer", "xllm"},
    Sign{Place::owner, "", "vllm", "vllm"},
    Sign{Place::owner, "", "library", "ollama"},
};

bool has_header(const Observation& models, const Sign& sign) {
  for (const auto& [name, value] : models.headers) {
    if (name == sign.header && value.starts_with(sign.begins)) return true;
  }
  return false;
}

}  // namespace

Fingerprint fingerprint(const Observation& models, std::string_view owned_by) {
  for (const auto& sign : signs) {
    const bool fits = sign.place == Place::header ? has_header(models, sign) : owned_by == sign.begins;
    if (fits) return {sign.type, true};
  }
  // An Ollama without models, or with models of others only, gives no sign but that it names no server software.
  if (models.answered() && models.header("server").empty()) return {"ollama", false};
  return {};
}

}  // namespace pointsman::probe
