#pragma once

#include "pointsman/probe/observation.hpp"
#include "pointsman/registry/capability.hpp"

namespace pointsman::probe {

// What an answer says about the route that was asked for, measured against what the same server answers to the same
// method and body on a route that no server has (`baseline`). Only an answer that differs from the baseline can be a
// "yes".
//
// To GET: "yes" when the route refuses the method (405), "no" when it looks missing. That "no" is only an impression,
// because some servers give a 404 for a known path with the wrong method: trust it if another route said "yes".
//
// To POST with malformed JSON: "yes" when the route complains about the request, "no" when it is missing or offered to
// no model (the request named none), "unknown" when the answer comes from somewhere in front of the routes (401, 403,
// 429, 503, redirects) or from nowhere.
registry::Verdict judge(const Observation& seen, const Observation& baseline);

}  // namespace pointsman::probe
