// xLLM of JD; its namesake of akiojin is in family_xllm.cpp.
//
// Its front end, brpc, runs the handler of a route whatever the method is, so a GET would be a request. It has no page
// of its own that tells a version.
#include "pointsman/probe/family.hpp"

namespace pointsman::probe {
namespace {

net::Task<Identity> identify(Conversation&) {
  Identity identity;
  identity.confirmed = true;
  co_return identity;
}

}  // namespace

constinit const Family xllm_jd{
    .type = "xllm-jd",
    .means = {.openapi = false, .get = false, .post = true},
    .identify = identify,
    .examine_models = nullptr,
    .take_pulse = nullptr,
};

}  // namespace pointsman::probe
