// llama-server of llama.cpp, with one model or as a router of several.
//
// It answers 404 to a known path with the wrong method, so GET finds nothing. To malformed JSON it answers 501 before
// it looks at the body where its model cannot do what the route is for: capability for nothing. Asleep
// (--sleep-idle-seconds) it wakes for any POST, but not for /v1/models, /props and /metrics. Its load is never read
// from /slots: that wakes it, and when asked again and again it never falls asleep. A router would load a model to say
// how busy that is; its list of models tells which are loaded.
#include "pointsman/probe/bounded_json.hpp"
#include "pointsman/probe/family.hpp"
#include "pointsman/probe/models_by_name.hpp"
#include "pointsman/probe/prometheus_reading.hpp"
#include "pointsman/probe/version_page.hpp"

namespace pointsman::probe {
namespace {

using nlohmann::json;

bool is_asleep(const json& props) {
  const auto* sleeping = member(props, "is_sleeping");
  return sleeping != nullptr && *sleeping == true;
}

bool is_router(const json& props) { return text_member(props, "role") == "router"; }

net::Task<Identity> identify(Conversation& conversation) {
  std::string path = conversation.own("/props");
  const auto props = co_await conversation.document(std::move(path));
  Identity identity;
  identity.confirmed = true;
  if (!props || !props->is_object()) {
    identity.leave_alone = true;
    identity.remark = "its routes are not asked for: without /props nobody knows whether that would wake it";
    co_return identity;
  }
  identity.version = version_in(*props, "build_info");
  if (is_asleep(*props)) {
    identity.leave_alone = true;
    identity.remark = "it sleeps; its routes are asked for when it is awake";
  } else if (is_router(*props)) {
    identity.remark = "it is a router that loads models on demand";
  }
  co_return identity;
}

// Its list says of each model, embedding models too, that text comes out: that is worth nothing.
net::Task<> examine_models(Conversation&, const Known&, registry::ProbeReport& report) {
  for (auto& model : report.models) model.apis = {};
  co_return;
}

void read_statuses(const json& list, registry::ProbeReport& report) {
  const auto models = models_by_name(report);
  for (const auto& entry : items(member(list, "data"))) {
    const auto* status = member(entry, "status");
    auto* model = find(models, text_member(entry, "id"));
    if (status != nullptr && model != nullptr) model->loaded = text_member(*status, "value") == "loaded";
  }
}

net::Task<> read_load(Conversation& conversation, registry::ProbeReport& report) {
  std::string path = conversation.own("/props");
  const auto props = co_await conversation.document(std::move(path));
  if (!props) co_return;
  if (is_router(*props)) {
    std::string models = conversation.api("/models");
    const auto list = co_await conversation.document(std::move(models));
    if (list) read_statuses(*list, report);
    co_return;
  }
  for (auto& model : report.models) model.loaded = !is_asleep(*props);
  report.load.slots = count_member(*props, "total_slots");
  const auto* has_metrics = member(*props, "endpoint_metrics");
  if (is_asleep(*props) || (has_metrics != nullptr && *has_metrics == false)) co_return;

  Question question = get(conversation.own("/metrics"));
  const Observation metrics = co_await conversation.ask(std::move(question));
  const PrometheusReading reading(metrics);
  report.load.running = reading.count("llamacpp:requests_processing");
  report.load.waiting = reading.count("llamacpp:requests_deferred");
  report.load.cache_use = as_share(reading.sum("llamacpp:kv_cache_usage_ratio"));
}

}  // namespace

constinit const Family llama_cpp{
    .type = "llama.cpp",
    .means = {.openapi = false, .get = false, .post = true, .handshake = true},
    .identify = identify,
    .examine_models = examine_models,
    .take_pulse = nullptr,
    .read_load = read_load,
};

}  // namespace pointsman::probe
