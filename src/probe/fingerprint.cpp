#include "pointsman/probe/fingerprint.hpp"

#include <array>
#include <optional>

namespace pointsman::probe {
namespace {

enum class Place { header, owner, body };

struct Sign {
  Place place;
  std::string_view header;  // in lower case; of owners and bodies: empty
  std::string_view begins;  // what the value begins with; of owners: the whole value; of bodies: what is in it
  std::string_view type;
};

// The first that fits decides. Signs that several servers share are not here: "uvicorn", "BaseHTTP" and "Express" are
// classes of servers, and "local" is an owner that anybody may name.
constexpr std::array signs{
    Sign{Place::header, "server", "ConcedoLlamaForKoboldServer", "koboldcpp"},
    Sign{Place::header, "server", "llamafile", "llamafile"},
    Sign{Place::header, "x-litellm-version", "", "litellm"},
    Sign{Place::header, "server", "llama.cpp", "llama.cpp"},
    Sign{Place::owner, "", "load balancer", "xllm"},
    // Another of our own kind passes on the owners that its endpoints name.
    Sign{Place::body, "", "\"supported_apis\":[", "pointsman"},
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
    Sign{Place::owner, "", "tensorrt_llm", "trtllm-serve"},
    Sign{Place::owner, "", "vllm", "vllm"},
    Sign{Place::owner, "", "library", "ollama"},
};

// The value of the header, if there is such a one.
std::optional<std::string_view> header_of(const Observation& models, const Sign& sign) {
  for (const auto& [name, value] : models.headers) {
    if (name == sign.header && value.starts_with(sign.begins)) return value;
  }
  return std::nullopt;
}

// "llamafile/0.9 (Linux)": 0.9. A header of the server's own holds nothing but the version.
std::string version_in(const Sign& sign, std::string_view value) {
  if (sign.header == "server") {
    const auto slash = value.find('/');
    if (slash == std::string_view::npos) return "";
    value = value.substr(slash + 1);
  }
  return excerpt(value.substr(0, value.find(' ')), 64);
}

// What the list suggests where nobody says so. The owner of TGI's one model is the model itself, that of transformers
// serve's is whoever published it; LocalAI's models have none. LM Studio is built on Express, mlx-lm on Python's own
// server. An Ollama without models, or with models of others only, gives no sign but that it names no server software.
std::string_view guess(const Observation& models, std::string_view owned_by, std::string_view id) {
  const auto software = models.header("server");
  if (owned_by == "local") return "mistral.rs";
  if (!id.empty() && owned_by == id) return "tgi";
  const bool is_published = !owned_by.empty() && id.starts_with(std::string(owned_by) + "/");
  if (!software.empty() && is_published) return "transformers";
  if (models.header("x-powered-by") == "Express") return "lm-studio";
  if (software.starts_with("BaseHTTP")) return "mlx-lm";
  if (software.empty() && !id.empty() && owned_by.empty()) return "localai";
  return software.empty() ? "ollama" : "";
}

}  // namespace

Fingerprint fingerprint(const Observation& models, std::string_view owned_by, std::string_view id) {
  for (const auto& sign : signs) {
    if (sign.place == Place::header) {
      if (const auto value = header_of(models, sign)) return {sign.type, true, version_in(sign, *value)};
    } else if (sign.place == Place::body ? models.body.find(sign.begins) != std::string::npos
                                         : owned_by == sign.begins) {
      return {sign.type, true, ""};
    }
  }
  if (!models.answered()) return {};
  return {guess(models, owned_by, id), false, ""};
}

}  // namespace pointsman::probe
