// vLLM.
//
// Its OpenAPI document needs no key and lists the routes that its model can be used with (older versions list them
// all). A front end without that document is found by GET.
#include "pointsman/probe/bounded_json.hpp"
#include "pointsman/probe/family.hpp"

namespace pointsman::probe {
namespace {

net::Task<Identity> identify(Conversation& conversation) {
  Question question = get(conversation.own("/version"));
  const Observation version = co_await conversation.ask(std::move(question));
  Identity identity;
  const auto document = version.status == 200 ? read_json(version.body) : std::nullopt;
  if (!document) co_return identity;
  identity.version = excerpt(text_member(*document, "version"), 64);
  identity.confirmed = !identity.version.empty();
  co_return identity;
}

}  // namespace

constinit const Family vllm{
    .type = "vllm",
    .means = {.openapi = true, .get = true, .post = true},
    .identify = identify,
    .examine_models = nullptr,
    .take_pulse = nullptr,
};

}  // namespace pointsman::probe
