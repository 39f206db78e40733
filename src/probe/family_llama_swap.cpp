// llama-swap.
//
// It starts a server for whatever model a request names; malformed JSON names none. Older versions answer 404 to a GET
// of their routes, newer ones 405. /running tells which models have a server that is ready. Never to be asked: /unload,
// which unloads on GET, and /upstream/…, which starts a model's server.
#include "pointsman/probe/bounded_json.hpp"
#include "pointsman/probe/family.hpp"
#include "pointsman/probe/models_by_name.hpp"
#include "pointsman/probe/version_page.hpp"

namespace pointsman::probe {
namespace {

net::Task<Identity> identify(Conversation& conversation) {
  Identity identity;
  identity.confirmed = true;
  identity.version = co_await version_at(conversation, conversation.own("/api/version"));
  co_return identity;
}

// Models of other llama-swaps, its peers, are not its own to run.
bool is_of_a_peer(const nlohmann::json& entry) {
  const auto* meta = member(entry, "meta");
  const auto* own = meta == nullptr ? nullptr : member(*meta, "llamaswap");
  return own != nullptr && member(*own, "peerID") != nullptr;
}

net::Task<> read_load(Conversation& conversation, registry::ProbeReport& report) {
  std::string path = conversation.own("/running");
  const auto document = co_await conversation.document(std::move(path));
  const auto* running = document ? member(*document, "running") : nullptr;
  if (running == nullptr || !running->is_array()) co_return;
  ModelNames ready;
  for (const auto& each : *running) {
    if (text_member(each, "state") == "ready") ready.insert(text_member(each, "model"));
  }
  std::string models = conversation.api("/models");
  const auto list = co_await conversation.document(std::move(models));
  if (!list) co_return;
  ModelNames of_peers;
  for (const auto& entry : items(member(*list, "data"))) {
    if (is_of_a_peer(entry)) of_peers.insert(text_member(entry, "id"));
  }
  for (auto& model : report.models) {
    if (!of_peers.contains(model.id)) model.loaded = ready.contains(model.id);
  }
}

}  // namespace

constinit const Family llama_swap{
    .type = "llama-swap",
    .means = {.openapi = false, .get = true, .post = true},
    .identify = identify,
    .examine_models = nullptr,
    .take_pulse = nullptr,
    .read_load = read_load,
};

}  // namespace pointsman::probe
