// Lemonade.
//
// A request with the name of a real model loads that model, or even downloads it, before anything else about it is
// looked at; GET finds the routes. Its list has labels that tell what a model is made for, its page of health the
// version and what is loaded.
#include <array>

#include "pointsman/probe/abilities.hpp"
#include "pointsman/probe/bounded_json.hpp"
#include "pointsman/probe/family.hpp"
#include "pointsman/probe/models_by_name.hpp"
#include "pointsman/probe/version_page.hpp"

namespace pointsman::probe {
namespace {

using registry::Ability;

net::Task<Identity> identify(Conversation& conversation) {
  Identity identity;
  identity.confirmed = true;
  identity.version = co_await version_at(conversation, conversation.api("/health"));
  co_return identity;
}

// Labels are kinds and qualities ("reasoning", "vision"); a model with no label of a kind is for conversations.
Abilities abilities_of(const nlohmann::json& labels) {
  static constexpr std::array vocabulary{
      AbilityWord{"embeddings", Ability::embed},
      AbilityWord{"embedding", Ability::embed},
      AbilityWord{"reranking", Ability::rerank},
      AbilityWord{"reranker", Ability::rerank},
      AbilityWord{"transcription", Ability::transcribe},
      AbilityWord{"audio", Ability::transcribe},
      AbilityWord{"realtime-transcription", Ability::transcribe},
      AbilityWord{"tts", Ability::speak},
      AbilityWord{"speech", Ability::speak},
      AbilityWord{"image", Ability::draw},
  };
  const Abilities named = named_abilities(labels, vocabulary);
  return named.empty() ? Abilities{Ability::chat} : named;
}

net::Task<> examine_models(Conversation& conversation, const Known&, registry::ProbeReport& report) {
  const Question question = get(conversation.api("/models"));
  std::string path = question.path;
  const auto list = co_await conversation.document(std::move(path));
  if (!list) co_return;
  const auto models = models_by_name(report);
  for (const auto& entry : items(member(*list, "data"))) {
    const auto& labels = items(member(entry, "labels"));
    if (labels.empty()) continue;
    if (auto* model = find(models, text_member(entry, "id"))) {
      note(abilities_of(labels), evidence(question, "labels " + labels.dump()), conversation.now(), *model);
    }
  }
}

net::Task<> read_load(Conversation& conversation, registry::ProbeReport& report) {
  std::string path = conversation.api("/health");
  const auto health = co_await conversation.document(std::move(path));
  if (health) note_loaded(member(*health, "all_models_loaded"), "model_name", report);
}

}  // namespace

constinit const Family lemonade{
    .type = "lemonade",
    .means = {.openapi = false, .get = true, .post = true},
    .identify = identify,
    .examine_models = examine_models,
    .take_pulse = nullptr,
    .read_load = read_load,
};

}  // namespace pointsman::probe
