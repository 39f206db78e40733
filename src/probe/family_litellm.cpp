// LiteLLM, as a proxy of providers of its own.
//
// It has every route; what each model is made for is the mode in its catalogue, which asks no provider. Its GET /health
// calls every model.
#include <algorithm>
#include <map>

#include "pointsman/probe/abilities.hpp"
#include "pointsman/probe/bounded_json.hpp"
#include "pointsman/probe/family.hpp"

namespace pointsman::probe {
namespace {

using registry::Ability;

// Its name and version are in a header of every answer.
net::Task<Identity> identify(Conversation&) {
  Identity identity;
  identity.confirmed = true;
  co_return identity;
}

std::optional<Abilities> abilities_of(std::string_view mode) {
  // It translates between the ways to converse.
  if (mode == "chat" || mode == "completion" || mode == "responses") return Abilities{Ability::chat};
  if (mode == "embedding") return Abilities{Ability::embed};
  if (mode == "rerank") return Abilities{Ability::rerank};
  if (mode == "audio_transcription") return Abilities{Ability::transcribe};
  if (mode == "audio_speech") return Abilities{Ability::speak};
  if (mode == "image_generation") return Abilities{Ability::draw};
  return std::nullopt;
}

std::map<std::string, std::string> modes_by_name(const nlohmann::json& catalogue) {
  std::map<std::string, std::string> modes;
  for (const auto& entry : items(member(catalogue, "data"))) {
    if (const auto* info = member(entry, "model_info")) {
      modes.emplace(text_member(entry, "model_name"), text_member(*info, "mode"));
    }
  }
  return modes;
}

net::Task<> examine_models(Conversation& conversation, const Known& known, registry::ProbeReport& report) {
  const auto is_new = [&](const auto& model) { return !is_examined(known, model.id, conversation.now()); };
  if (std::ranges::none_of(report.models, is_new)) co_return;
  const std::string path = conversation.api("/model/info");
  const auto catalogue = co_await conversation.document(path);
  if (!catalogue) co_return;
  const auto modes = modes_by_name(*catalogue);
  for (auto& model : report.models) {
    const auto mode = modes.find(model.id);
    const auto abilities = mode == modes.end() ? std::nullopt : abilities_of(mode->second);
    if (!abilities) continue;
    note(*abilities, evidence(get(path), "mode " + mode->second), conversation.now(), model);
  }
}

}  // namespace

constinit const Family litellm{
    .type = "litellm",
    .means = {.openapi = true, .get = true, .post = true},
    .identify = identify,
    .examine_models = examine_models,
    .take_pulse = nullptr,
};

}  // namespace pointsman::probe
