// Xinference.
//
// One server for models of every kind; the list of models says of which each is. Where it wants keys, its version is
// for administrators only.
#include "pointsman/probe/bounded_json.hpp"
#include "pointsman/probe/family.hpp"
#include "pointsman/probe/version_page.hpp"

namespace pointsman::probe {
namespace {

net::Task<Identity> identify(Conversation& conversation) {
  Identity identity;
  identity.confirmed = true;  // its models' owner names it
  const auto cluster = co_await conversation.document(conversation.api("/cluster/version"));
  if (cluster) identity.version = version_in(*cluster);
  co_return identity;
}

}  // namespace

constinit const Family xinference{
    .type = "xinference",
    .means = {.openapi = true, .get = true, .post = true},
    .identify = identify,
    .examine_models = nullptr,
    .take_pulse = nullptr,
};

}  // namespace pointsman::probe
