// transformers serve.
//
// Nothing names it but its OpenAPI document, in which it alone offers OPTIONS of the list of models; the version there
// is FastAPI's own. A request with a model's name downloads and loads that model.
#include "pointsman/probe/bounded_json.hpp"
#include "pointsman/probe/family.hpp"

namespace pointsman::probe {
namespace {

net::Task<Identity> identify(Conversation& conversation) {
  Identity identity;
  const auto document = co_await conversation.document(conversation.own("/openapi.json"));
  const auto* paths = document ? member(*document, "paths") : nullptr;
  const auto* models = paths == nullptr ? nullptr : member(*paths, "/v1/models");
  identity.confirmed = models != nullptr && member(*models, "options") != nullptr;
  co_return identity;
}

}  // namespace

constinit const Family transformers{
    .type = "transformers",
    .means = {.openapi = true, .get = true, .post = true},
    .identify = identify,
    .examine_models = nullptr,
    .take_pulse = nullptr,
};

}  // namespace pointsman::probe
