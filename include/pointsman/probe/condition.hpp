#pragma once

#include <string>
#include <string_view>

#include "pointsman/config/settings.hpp"
#include "pointsman/probe/observation.hpp"
#include "pointsman/registry/report.hpp"

namespace pointsman::probe {

// How an endpoint is, and for a person: why, and what to do.
struct Condition {
  registry::Health health = registry::Health::unknown;
  std::string detail;
};

// The condition of an endpoint whose answer to GET /models is no list of models. `has_key`: a key was sent.
Condition condition_without_models(const config::Url& url, bool has_key, const Observation& models);

void note(const Condition& condition, registry::ProbeReport& report);

// For a base that has no list of models: what does answer there, and which URL would be right. `type`: what it answers
// like; `better`: the base that it does have, empty if that is not known.
std::string misplaced(const config::Url& url, int status, std::string_view type, std::string_view better);

}  // namespace pointsman::probe
