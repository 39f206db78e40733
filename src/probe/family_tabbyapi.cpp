// TabbyAPI.
//
// Its routes are there whatever is loaded: one model for conversations, one for embeddings. A user's key lists what is
// loaded, an administrator's all that is on the disk, of which a request's name may load one. It tells no version.
#include <array>

#include "pointsman/probe/abilities.hpp"
#include "pointsman/probe/bounded_json.hpp"
#include "pointsman/probe/family.hpp"
#include "pointsman/probe/models_by_name.hpp"

namespace pointsman::probe {
namespace {

using registry::Ability;

// The two places for a model; each answers an error as long as there is none in it.
struct Place {
  const char* path;
  Ability ability;
};
constexpr std::array places{Place{"/model", Ability::chat}, Place{"/model/embedding", Ability::embed}};

net::Task<Identity> identify(Conversation&) {
  Identity identity;
  identity.confirmed = true;
  co_return identity;
}

net::Task<> examine_models(Conversation& conversation, const Known&, registry::ProbeReport& report) {
  for (const auto& place : places) {
    const Question question = get(conversation.api(place.path));
    std::string path = question.path;
    const auto card = co_await conversation.document(std::move(path));
    if (!card) continue;
    const std::string id = text_member(*card, "id");
    for (auto& model : report.models) {
      if (model.id == id) note(Abilities{place.ability}, evidence(question, "is loaded"), conversation.now(), model);
    }
  }
}

net::Task<> read_load(Conversation& conversation, registry::ProbeReport& report) {
  ModelNames loaded;
  for (const auto& place : places) {
    std::string path = conversation.api(place.path);
    const auto card = co_await conversation.document(std::move(path));
    if (!card) continue;
    loaded.insert(text_member(*card, "id"));
    const auto* settings = member(*card, "parameters");
    if (place.ability == Ability::chat && settings != nullptr) {
      report.load.slots = count_member(*settings, "max_batch_size");
    }
  }
  note_loaded(loaded, report);
}

}  // namespace

constinit const Family tabbyapi{
    .type = "tabbyapi",
    .means = {.openapi = true, .get = true, .post = true},
    .identify = identify,
    .examine_models = examine_models,
    .take_pulse = nullptr,
    .read_load = read_load,
};

}  // namespace pointsman::probe
