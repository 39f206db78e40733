// SGLang.
//
// It registers all routes whatever its model can do, so what that is comes from /model_info. Many of its GETs act:
// /health and /health_generate generate a token, /flush_cache drops what it has cached, /server_info tells keys.
#include <algorithm>

#include "pointsman/probe/abilities.hpp"
#include "pointsman/probe/bounded_json.hpp"
#include "pointsman/probe/family.hpp"
#include "pointsman/probe/prometheus_reading.hpp"
#include "pointsman/probe/version_page.hpp"

namespace pointsman::probe {
namespace {

using nlohmann::json;
using registry::Ability;

// Its models' owner names it; the version stands where newer ones tell their load.
net::Task<Identity> identify(Conversation& conversation) {
  Identity identity;
  identity.confirmed = true;
  const auto loads = co_await conversation.document(conversation.own("/v1/loads"));
  if (loads) identity.version = version_in(*loads);
  co_return identity;
}

enum class Audio : std::uint8_t { unsaid, understood, not_understood };

// Older versions do not say.
Audio audio_of(const json& info) {
  const auto* understands = member(info, "has_audio_understanding");
  if (understands == nullptr || !understands->is_boolean()) return Audio::unsaid;
  return understands->get<bool>() ? Audio::understood : Audio::not_understood;
}

net::Task<> examine_models(Conversation& conversation, const Known& known, registry::ProbeReport& report) {
  const auto is_new = [&](const auto& model) { return !is_examined(known, model.id, conversation.now()); };
  if (std::ranges::none_of(report.models, is_new)) co_return;
  Question question = get(conversation.own("/model_info"));
  Observation info = co_await conversation.ask(std::move(question));
  if (info.status == 404) {
    Question old_name = get(conversation.own("/get_model_info"));
    info = co_await conversation.ask(std::move(old_name));
  }
  const auto document = info.status == 200 ? read_json(info.body) : std::nullopt;
  const auto* generates = document ? member(*document, "is_generation") : nullptr;
  if (generates == nullptr || !generates->is_boolean()) co_return;
  const bool is_generation = generates->get<bool>();
  const Audio audio = audio_of(*document);
  // What does not generate embeds or ranks: it does not say which. What generates may rank too.
  Abilities abilities = is_generation ? Abilities{Ability::chat} : Abilities{Ability::embed, Ability::rerank};
  Abilities unsaid;
  if (is_generation) unsaid.add(Ability::rerank);
  if (is_generation && audio == Audio::understood) abilities.add(Ability::transcribe);
  if (is_generation && audio == Audio::unsaid) unsaid.add(Ability::transcribe);
  const std::string words = evidence(info.asked, is_generation ? "is_generation true" : "is_generation false");
  for (auto& model : report.models) note(abilities, words, conversation.now(), model, unsaid);
}

// Sums what each data-parallel rank says. False: it says nothing.
bool read_loads(const json& document, registry::ReportedLoad& load) {
  const auto& ranks = items(member(document, "loads"));
  registry::ReportedLoad sum;
  sum.running = 0;
  sum.waiting = 0;
  double fullest = 0;
  for (const auto& rank : ranks) {
    const auto running = count_member(rank, "num_running_reqs");
    const auto waiting = count_member(rank, "num_waiting_reqs");
    if (!running || !waiting) return false;
    *sum.running += *running;
    *sum.waiting += *waiting;
    const auto* use = member(rank, "token_usage");
    if (use != nullptr && use->is_number()) fullest = std::max(fullest, use->get<double>());
  }
  if (ranks.empty()) return false;
  sum.cache_use = as_share(fullest);
  load = sum;
  return true;
}

// /v1/loads is there in newer versions, /metrics with --enable-metrics.
net::Task<> read_load(Conversation& conversation, registry::ProbeReport& report) {
  const auto loads = co_await conversation.document(conversation.own("/v1/loads"));
  if (loads && read_loads(*loads, report.load)) co_return;
  Question other = get(conversation.own("/metrics"));
  const Observation page = co_await conversation.ask(std::move(other));
  const PrometheusReading metrics(page);
  report.load.running = metrics.count("sglang:num_running_reqs");
  report.load.waiting = metrics.count("sglang:num_queue_reqs");
  report.load.cache_use = as_share(metrics.largest("sglang:token_usage"));
}

}  // namespace

constinit const Family sglang{
    .type = "sglang",
    .means = {.openapi = true, .get = true, .post = true},
    .identify = identify,
    .examine_models = examine_models,
    .take_pulse = nullptr,
    .read_load = read_load,
};

}  // namespace pointsman::probe
