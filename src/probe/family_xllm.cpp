// xLLM of akiojin; its namesake of JD is in family_xllm_jd.cpp.
//
// It answers 404 to a GET of a route for POST, and it loads a model that it knows before it looks at the rest of the
// body: malformed JSON finds its routes.
#include "pointsman/probe/bounded_json.hpp"
#include "pointsman/probe/family.hpp"
#include "pointsman/probe/version_page.hpp"

namespace pointsman::probe {
namespace {

// Newer builds say on /health whether they support responses, older ones have a page on the system that they run on.
net::Task<Identity> identify(Conversation& conversation) {
  Identity identity;
  const auto health = co_await conversation.document(conversation.own("/health"));
  if (health && member(*health, "supports_responses_api") != nullptr) {
    identity.version = version_in(*health);
    identity.confirmed = true;
    co_return identity;
  }
  const auto system = co_await conversation.document(conversation.own("/api/system"));
  if (system && member(*system, "xllm_version") != nullptr) {
    identity.version = version_in(*system, "xllm_version");
    identity.confirmed = true;
    co_return identity;
  }
  const auto device = co_await conversation.document(conversation.own("/v0/system"));
  identity.confirmed = device && member(*device, "device") != nullptr;
  co_return identity;
}

net::Task<> read_load(Conversation& conversation, registry::ProbeReport& report) {
  const auto health = co_await conversation.document(conversation.own("/v0/health"));
  const auto* load = health ? member(*health, "load") : nullptr;
  if (load == nullptr) co_return;
  report.load.running = count_member(*load, "active_requests");
  report.load.slots = count_member(*load, "max_concurrent_requests");
}

}  // namespace

constinit const Family xllm{
    .type = "xllm",
    .means = {.openapi = false, .get = false, .post = true},
    .identify = identify,
    .examine_models = nullptr,
    .take_pulse = nullptr,
    .read_load = read_load,
};

}  // namespace pointsman::probe
