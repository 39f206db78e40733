// LM Studio.
//
// It does not tell its version, but which API of its own it has: /api/v1 since 0.4.0, /api/v0 since 0.3.6. Either lists
// all models with their types, and which are loaded; neither loads one. A missing route is 200 with an error in words.
// Nobody has seen whether it refuses malformed JSON before it looks for the route; should it do that, what these
// versions are known to have is taken for granted, and nothing riskier is asked: with one model loaded it generates
// whatever name a request gives.
#include <array>

#include "pointsman/probe/abilities.hpp"
#include "pointsman/probe/bounded_json.hpp"
#include "pointsman/probe/family.hpp"
#include "pointsman/probe/models_by_name.hpp"

namespace pointsman::probe {
namespace {

using nlohmann::json;
using registry::Ability;
using registry::Api;

// Its list of models, in the newest form that it has.
struct OwnList {
  bool is_v1 = false;
  std::string path;
  json models = json::array();
};

bool have(const json& models, const char* name) {
  return !models.empty() && models.front().is_object() && models.front().contains(name);
}

net::Task<std::optional<OwnList>> own_list(Conversation& conversation) {
  std::string newer = conversation.own("/api/v1/models");
  OwnList list{.is_v1 = true, .path = newer};
  auto document = co_await conversation.document(std::move(newer));
  if (document && member(*document, "models") != nullptr) {
    list.models = items(member(*document, "models"));
    if (list.models.empty() || have(list.models, "loaded_instances")) co_return list;
  }
  std::string older = conversation.own("/api/v0/models");
  list = {.is_v1 = false, .path = older};
  document = co_await conversation.document(std::move(older));
  if (!document || member(*document, "data") == nullptr) co_return std::nullopt;
  list.models = items(member(*document, "data"));
  if (!list.models.empty() && !have(list.models, "state")) co_return std::nullopt;
  co_return list;
}

net::Task<Identity> identify(Conversation& conversation) {
  const auto list = co_await own_list(conversation);
  Identity identity;
  if (!list) co_return identity;
  identity.confirmed = true;
  identity.version = list->is_v1 ? "0.4 or newer" : "0.3.6 or newer";
  for (const Api api : {Api::chat_completions, Api::completions, Api::embeddings}) identity.offered[api] = true;
  identity.offered[Api::responses] = list->is_v1;  // since 0.3.29
  co_return identity;
}

// A model can be asked for by its key, and by the names of its loaded instances.
ModelNames names_of(const json& entry) {
  ModelNames names{text_member(entry, "key"), text_member(entry, "id")};
  for (const auto& instance : items(member(entry, "loaded_instances"))) names.insert(text_member(instance, "id"));
  names.erase("");
  return names;
}

net::Task<> examine_models(Conversation& conversation, const Known&, registry::ProbeReport& report) {
  static constexpr std::array vocabulary{
      AbilityWord{"llm", Ability::chat},
      AbilityWord{"vlm", Ability::chat},
      AbilityWord{"embedding", Ability::embed},
      AbilityWord{"embeddings", Ability::embed},
  };
  const auto list = co_await own_list(conversation);
  if (!list) co_return;
  const Question question = get(list->path);
  const auto models = models_by_name(report);
  for (const auto& entry : list->models) {
    const std::string type = text_member(entry, "type");
    const Abilities abilities = named_abilities(json::array({type}), vocabulary);
    if (abilities.empty()) continue;
    const std::string words = evidence(question, "type \"" + type + "\"");
    for (const auto& name : names_of(entry)) {
      if (auto* model = find(models, name)) note(abilities, words, conversation.now(), *model);
    }
  }
}

bool is_loaded(const json& entry, bool is_v1) {
  return is_v1 ? !items(member(entry, "loaded_instances")).empty() : text_member(entry, "state") == "loaded";
}

net::Task<> read_load(Conversation& conversation, registry::ProbeReport& report) {
  const auto list = co_await own_list(conversation);
  if (!list) co_return;
  ModelNames loaded;
  std::uint32_t parallel = 0;
  for (const auto& entry : list->models) {
    if (!is_loaded(entry, list->is_v1)) continue;
    loaded.merge(names_of(entry));
    for (const auto& instance : items(member(entry, "loaded_instances"))) {
      const auto* settings = member(instance, "config");
      if (settings != nullptr) parallel += count_member(*settings, "parallel").value_or(0);
    }
  }
  note_loaded(loaded, report);
  if (parallel > 0) report.load.slots = parallel;
}

}  // namespace

constinit const Family lm_studio{
    .type = "lm-studio",
    .means = {.openapi = false, .get = false, .post = true},
    .identify = identify,
    .examine_models = examine_models,
    .take_pulse = nullptr,
    .read_load = read_load,
};

}  // namespace pointsman::probe
