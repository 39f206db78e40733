// LMDeploy.
//
// It has a route for embeddings that refuses every request, so what its document lists does not hold for that one. GET
// /terminate ends it.
#include "pointsman/probe/family.hpp"

namespace pointsman::probe {
namespace {

using registry::Api;
using registry::Provenance;
using registry::Verdict;

// Its models' owner names it, and it has no page with a version.
net::Task<Identity> identify(Conversation&) {
  Identity identity;
  identity.confirmed = true;
  co_return identity;
}

net::Task<> examine_models(Conversation& conversation, const Known&, registry::ProbeReport& report) {
  auto& embeddings = report.routes[Api::embeddings];
  if (embeddings.verdict != Verdict::yes) co_return;
  embeddings = {Verdict::no, Provenance::profile, "LMDeploy refuses every request for embeddings with a 400",
                conversation.now()};
}

}  // namespace

constinit const Family lmdeploy{
    .type = "lmdeploy",
    .means = {.openapi = true, .get = true, .post = true},
    .identify = identify,
    .examine_models = examine_models,
    .take_pulse = nullptr,
};

}  // namespace pointsman::probe
