// Docker Model Runner.
//
// A GET of its routes is a 404, so malformed JSON finds them: it is refused before a model is looked for, while a real
// model's name schedules a backend. /engines/ps tells which models have one, and which of these are in use; that page
// stands below /engines wherever the base is.
#include "pointsman/probe/bounded_json.hpp"
#include "pointsman/probe/family.hpp"
#include "pointsman/probe/models_by_name.hpp"
#include "pointsman/probe/version_page.hpp"

namespace pointsman::probe {
namespace {

std::string above_engines(const Conversation& conversation, std::string_view path) {
  const std::string& root = conversation.url().root_path;
  return root.substr(0, root.find("/engines")) + std::string(path);
}

net::Task<Identity> identify(Conversation& conversation) {
  Identity identity;
  identity.confirmed = true;
  identity.version = co_await version_at(conversation, above_engines(conversation, "/version"));
  co_return identity;
}

// One model has many names: docker.io/ai/smollm2:latest is ai/smollm2.
std::string_view short_name(std::string_view name) {
  constexpr std::string_view registry = "docker.io/";
  constexpr std::string_view tag = ":latest";
  if (name.starts_with(registry)) name.remove_prefix(registry.size());
  if (name.ends_with(tag)) name.remove_suffix(tag.size());
  return name;
}

bool is_true(const nlohmann::json& backend, const char* name) {
  const auto* value = member(backend, name);
  return value != nullptr && *value == true;
}

net::Task<> read_load(Conversation& conversation, registry::ProbeReport& report) {
  const auto backends = co_await conversation.document(above_engines(conversation, "/engines/ps"));
  if (!backends || !backends->is_array()) co_return;
  ModelNames ready;
  std::uint32_t in_use = 0;
  for (const auto& backend : *backends) {
    if (!is_true(backend, "loading")) ready.emplace(short_name(text_member(backend, "model_name")));
    if (is_true(backend, "in_use")) ++in_use;
  }
  for (auto& model : report.models) model.loaded = ready.contains(short_name(model.id));
  report.load.running = in_use;
}

}  // namespace

constinit const Family docker_model_runner{
    .type = "docker-model-runner",
    .means = {.openapi = false, .get = false, .post = true},
    .identify = identify,
    .examine_models = nullptr,
    .take_pulse = nullptr,
    .read_load = read_load,
};

}  // namespace pointsman::probe
