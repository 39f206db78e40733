// llama-cpp-python's server.
//
// Whatever takes the lock on its model, GET /v1/models too, stops the stream that is under way. So it is asked for its
// models once a day only, and all else, its health too, is read from its OpenAPI document.
#include "pointsman/probe/condition.hpp"
#include "pointsman/probe/family.hpp"
#include "pointsman/probe/openapi.hpp"

namespace pointsman::probe {
namespace {

net::Task<Identity> identify(Conversation& conversation) {
  Question question = get(conversation.own("/openapi.json"));
  const Observation document = co_await conversation.ask(std::move(question));
  Identity identity;
  identity.confirmed = true;
  if (const auto openapi = read_openapi(document, conversation.url())) identity.version = openapi->version;
  co_return identity;
}

net::Task<bool> take_pulse(Conversation& conversation, const Known& known, registry::ProbeReport& report) {
  Question question = get(conversation.own("/openapi.json"));
  const Observation pulse = co_await conversation.ask(std::move(question));
  const auto openapi = read_openapi(pulse, conversation.url());
  const std::string version = openapi ? openapi->version : "";
  const bool is_there = pulse.status == 200 || pulse.status == 404;
  if (is_there && version != known.version) co_return false;
  if (is_there) {
    report.health = registry::Health::up;
    report.server_type = known.server_type;
    report.version = version;
  } else {
    note(condition_without_models(conversation.url(), conversation.has_key(), pulse), report);
  }
  co_return true;
}

}  // namespace

constinit const Family llama_cpp_python{
    .type = "llama-cpp-python",
    .means = {.openapi = true, .get = false, .post = false},
    .identify = identify,
    .examine_models = nullptr,
    .take_pulse = take_pulse,
};

}  // namespace pointsman::probe
