// LocalAI.
//
// It answers as an Ollama too, even at its root if it is told to. GET on /v1/responses is a WebSocket there, and a body
// without a model takes the first that fits, so malformed JSON alone finds the routes: it is refused before that.
// Newer versions list what each model can do; which are loaded is told to administrators only, if there are any.
#include <algorithm>
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
  identity.version = co_await version_at(conversation, conversation.own("/.well-known/localai.json"));
  identity.confirmed = !identity.version.empty();
  co_return identity;
}

net::Task<> examine_models(Conversation& conversation, const Known& known, registry::ProbeReport& report) {
  static constexpr std::array vocabulary{
      AbilityWord{"chat", Ability::chat},     AbilityWord{"completion", Ability::chat},
      AbilityWord{"tts", Ability::speak},     AbilityWord{"embeddings", Ability::embed},
      AbilityWord{"rerank", Ability::rerank}, AbilityWord{"transcript", Ability::transcribe},
      AbilityWord{"image", Ability::draw},
  };
  const WallTime now = conversation.now();
  const auto examined = examined_models(known, now);
  const auto is_done = [&](const registry::ModelReport& model) { return examined.contains(model.id); };
  if (std::ranges::all_of(report.models, is_done)) co_return;
  const Question question = get(conversation.api("/models/capabilities"));
  std::string path = question.path;
  const auto document = co_await conversation.document(std::move(path));
  if (!document) co_return;
  const auto models = models_by_name(report);
  for (const auto& entry : items(member(*document, "data"))) {
    const auto& capabilities = items(member(entry, "capabilities"));
    if (capabilities.empty()) continue;
    if (auto* model = find(models, text_member(entry, "id"))) {
      // Which models can moderate is not among them.
      note(named_abilities(capabilities, vocabulary), evidence(question, "capabilities " + capabilities.dump()), now,
           *model, Abilities{Ability::moderate});
    }
  }
}

net::Task<> read_load(Conversation& conversation, registry::ProbeReport& report) {
  std::string path = conversation.own("/system");
  const auto system = co_await conversation.document(std::move(path));
  if (system) note_loaded(member(*system, "loaded_models"), "id", report);
}

}  // namespace

constinit const Family local_ai{
    .type = "localai",
    .means = {.openapi = false, .get = false, .post = true},
    .identify = identify,
    .examine_models = examine_models,
    .take_pulse = nullptr,
    .read_load = read_load,
};

}  // namespace pointsman::probe
