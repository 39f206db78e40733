// KoboldCpp.
//
// It has one model, whatever name a request gives, and works on one request at a time: any POST waits for the one
// before it (or is sent away with 503) before its body is even read. So its routes are asked for only while it is idle.
// A GET of them is a 404, and "{}" generates. A body that is no form may become an empty one where audio or images
// belong, and be worked on: these routes are not asked for. Its pages of facts answer at any time.
#include <array>

#include "pointsman/probe/abilities.hpp"
#include "pointsman/probe/bounded_json.hpp"
#include "pointsman/probe/family.hpp"
#include "pointsman/probe/version_page.hpp"

namespace pointsman::probe {
namespace {

using registry::Ability;
using registry::Api;

constexpr const char* facts = "/api/extra/version";
constexpr const char* figures = "/api/extra/perf";

net::Task<Identity> identify(Conversation& conversation) {
  Identity identity;
  identity.confirmed = true;
  identity.version = co_await version_at(conversation, conversation.own(facts));
  std::string path = conversation.own(facts);
  const auto document = co_await conversation.document(std::move(path));
  identity.offered[Api::audio_transcriptions] = document && member(*document, "transcribe") != nullptr;
  std::string load = conversation.own(figures);
  const auto performance = co_await conversation.document(std::move(load));
  if (performance && count_member(*performance, "idle") == 0u) {
    identity.leave_alone = true;
    identity.remark = "it is busy; its routes are asked for when it is idle, because the question would have to wait";
  }
  co_return identity;
}

// Which kinds of models it has loaded: together they are what its one name stands for.
net::Task<> examine_models(Conversation& conversation, const Known&, registry::ProbeReport& report) {
  struct Flag {
    const char* name;
    Ability ability;
  };
  static constexpr std::array flags{
      Flag{"llm", Ability::chat},  Flag{"embeddings", Ability::embed}, Flag{"transcribe", Ability::transcribe},
      Flag{"tts", Ability::speak}, Flag{"txt2img", Ability::draw},
  };
  const Question question = get(conversation.own(facts));
  std::string path = question.path;
  const auto document = co_await conversation.document(std::move(path));
  if (!document || member(*document, "llm") == nullptr) co_return;  // older versions do not say
  Abilities abilities;
  std::string words;
  for (const auto& flag : flags) {
    const auto* value = member(*document, flag.name);
    if (value == nullptr || *value != true) continue;
    abilities.add(flag.ability);
    words += (words.empty() ? "" : ", ") + std::string(flag.name);
  }
  for (auto& model : report.models) note(abilities, evidence(question, "has " + words), conversation.now(), model);
}

net::Task<> read_load(Conversation& conversation, registry::ProbeReport& report) {
  std::string path = conversation.own(figures);
  const auto performance = co_await conversation.document(std::move(path));
  if (!performance) co_return;
  if (const auto idle = count_member(*performance, "idle")) report.load.running = *idle == 0 ? 1 : 0;
  report.load.waiting = count_member(*performance, "queue");
  if (report.load.running) report.load.slots = 1;
}

}  // namespace

constinit const Family koboldcpp{
    .type = "koboldcpp",
    .means = {.openapi = false, .get = false, .post = true, .forms = false},
    .identify = identify,
    .examine_models = examine_models,
    .take_pulse = nullptr,
    .read_load = read_load,
};

}  // namespace pointsman::probe
