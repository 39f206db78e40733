// llama-server of llama.cpp, with one model or as a router of several.
//
// It answers 404 to a known path with the wrong method, so GET finds nothing. To malformed JSON it answers 501 before
// it looks at the body where its model cannot do what the route is for: capability for nothing. Asleep
// (--sleep-idle-seconds) it wakes for any POST, but not for /v1/models and /props.
#include "pointsman/probe/bounded_json.hpp"
#include "pointsman/probe/family.hpp"

namespace pointsman::probe {
namespace {

net::Task<Identity> identify(Conversation& conversation) {
  Question question = get(conversation.own("/props"));
  const Observation props = co_await conversation.ask(std::move(question));
  Identity identity;
  identity.confirmed = true;
  const auto document = props.status == 200 ? read_json(props.body) : std::nullopt;
  if (!document || !document->is_object()) {
    identity.let_sleep = true;
    identity.remark = "its routes are not asked for: without /props nobody knows whether that would wake it";
    co_return identity;
  }
  identity.version = excerpt(text_member(*document, "build_info"), 64);
  const auto* sleeping = member(*document, "is_sleeping");
  if (sleeping != nullptr && *sleeping == true) {
    identity.let_sleep = true;
    identity.remark = "it sleeps; its routes are asked for when it is awake";
  } else if (text_member(*document, "role") == "router") {
    identity.remark = "it is a router that loads models on demand";
  }
  co_return identity;
}

}  // namespace

constinit const Family llama_cpp{
    .type = "llama.cpp",
    .means = {.openapi = false, .get = false, .post = true},
    .identify = identify,
    .examine_models = nullptr,
    .take_pulse = nullptr,
};

}  // namespace pointsman::probe
