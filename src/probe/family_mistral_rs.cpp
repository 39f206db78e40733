// mistral.rs.
//
// Its models are owned by "local", which anybody may say, so /v1/system/info confirms it; the version is the revision
// that it was built from. The model "default" runs whatever is loaded.
#include "pointsman/probe/bounded_json.hpp"
#include "pointsman/probe/family.hpp"
#include "pointsman/probe/version_page.hpp"

namespace pointsman::probe {
namespace {

net::Task<Identity> identify(Conversation& conversation) {
  Identity identity;
  const auto info = co_await conversation.document(conversation.api("/system/info"));
  const auto* build = info ? member(*info, "build") : nullptr;
  if (build == nullptr || member(*build, "git_revision") == nullptr) co_return identity;
  identity.version = version_in(*build, "git_revision");
  identity.confirmed = true;
  co_return identity;
}

}  // namespace

constinit const Family mistral_rs{
    .type = "mistral.rs",
    .means = {.openapi = false, .get = true, .post = true},
    .identify = identify,
    .examine_models = nullptr,
    .take_pulse = nullptr,
};

}  // namespace pointsman::probe
