// Ollama.
//
// Others answer /api/version too, so only "Ollama is running" at the root confirms it. Since 0.7.0 a GET on a POST
// route is a 405; before, malformed JSON finds the routes. An embedding asked of a chat model would load it first, so
// what each model is made for is read from /api/tags, or from /api/show, which loads nothing. Cloud models are left
// alone: whatever is asked about them may go out to a paid service.
#include <algorithm>
#include <array>
#include <map>
#include <optional>

#include "pointsman/probe/abilities.hpp"
#include "pointsman/probe/bounded_json.hpp"
#include "pointsman/probe/family.hpp"
#include "pointsman/probe/models_by_name.hpp"
#include "pointsman/probe/version_page.hpp"

namespace pointsman::probe {
namespace {

using nlohmann::json;
using registry::Ability;

// One question for each model that is new; the rest waits for the next probe.
constexpr int most_shows = 32;

net::Task<Identity> identify(Conversation& conversation) {
  Identity identity;
  Question greeting = get(conversation.own("/"));
  const Observation root = co_await conversation.ask(std::move(greeting));
  if (root.status != 200 || !root.body.starts_with("Ollama is running")) co_return identity;
  std::string path = conversation.own("/api/version");
  const auto version = co_await conversation.document(std::move(path));
  if (!version) co_return identity;
  identity.version = version_in(*version);
  identity.confirmed = !identity.version.empty();
  co_return identity;
}

// From the "capabilities" of a model; nothing if there are none.
std::optional<Abilities> listed_abilities(const json& model) {
  static constexpr std::array vocabulary{
      AbilityWord{"completion", Ability::chat},
      AbilityWord{"embedding", Ability::embed},
      AbilityWord{"image", Ability::draw},
      AbilityWord{"audio", Ability::transcribe},
  };
  const auto& capabilities = items(member(model, "capabilities"));
  if (capabilities.empty()) return std::nullopt;
  return named_abilities(capabilities, vocabulary);
}

// Versions before 0.6.4 list no capabilities; what they use themselves is whether the model has a pooling.
std::optional<Abilities> abilities_of_pooling(const json& model) {
  const auto* info = member(model, "model_info");
  if (info == nullptr || !info->is_object()) return std::nullopt;
  const auto is_pooling = [](const auto& entry) { return entry.key().ends_with(".pooling_type"); };
  const auto entries = info->items();
  if (std::find_if(entries.begin(), entries.end(), is_pooling) != entries.end()) return Abilities{Ability::embed};
  return std::nullopt;
}

bool is_cloud(std::string_view id) { return id.ends_with(":cloud") || id.ends_with("-cloud"); }

std::map<std::string, json> tags_by_name(const json& tags) {
  std::map<std::string, json> result;
  for (const auto& model : items(member(tags, "models"))) result.emplace(text_member(model, "name"), model);
  return result;
}

net::Task<> show(Conversation& conversation, registry::ModelReport& model) {
  const Question question = post(conversation.own("/api/show"), json{{"model", model.id}}.dump());
  Question asked = question;
  const Observation shown = co_await conversation.ask(std::move(asked));
  const auto document = shown.status == 200 ? read_json(shown.body) : std::nullopt;
  if (!document) co_return;
  auto abilities = listed_abilities(*document);
  if (!abilities) abilities = abilities_of_pooling(*document);
  if (!abilities) co_return;
  const auto* list = member(*document, "capabilities");
  const std::string words = list != nullptr ? "capabilities " + list->dump() : "a pooling_type";
  note(*abilities, evidence(question, words), conversation.now(), model);
}

net::Task<> examine_models(Conversation& conversation, const Known& known, registry::ProbeReport& report) {
  const WallTime now = conversation.now();
  const auto examined = examined_models(known, now);
  const auto needs_examination = [&](const registry::ModelReport& model) {
    return !is_cloud(model.id) && !examined.contains(model.id);
  };
  if (std::ranges::none_of(report.models, needs_examination)) co_return;

  const Question question = get(conversation.own("/api/tags"));
  std::string path = question.path;
  const auto tags = co_await conversation.document(std::move(path));
  const auto by_name = tags ? tags_by_name(*tags) : std::map<std::string, json>();
  int shows = 0;
  for (auto& model : report.models) {
    if (!needs_examination(model)) continue;
    const auto tag = by_name.find(model.id);
    const auto abilities = tag == by_name.end() ? std::nullopt : listed_abilities(tag->second);
    if (abilities) {
      note(*abilities, evidence(question, "capabilities " + tag->second["capabilities"].dump()), now, model);
    } else if (shows < most_shows && !conversation.is_over()) {
      ++shows;
      co_await show(conversation, model);
    }
  }
}

net::Task<> read_load(Conversation& conversation, registry::ProbeReport& report) {
  std::string path = conversation.own("/api/ps");
  const auto running = co_await conversation.document(std::move(path));
  if (!running) co_return;
  note_loaded(member(*running, "models"), "name", report);
  for (auto& model : report.models) {
    if (is_cloud(model.id)) model.loaded.reset();
  }
}

}  // namespace

constinit const Family ollama{
    .type = "ollama",
    .means = {.openapi = false, .get = true, .post = true},
    .identify = identify,
    .examine_models = examine_models,
    .take_pulse = nullptr,
    .read_load = read_load,
};

}  // namespace pointsman::probe
