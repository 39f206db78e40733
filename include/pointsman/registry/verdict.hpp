#pragma once

#include <map>
#include <string>

#include "pointsman/registry/api.hpp"
#include "pointsman/registry/learned.hpp"

namespace pointsman::registry {

// Whether `model` can be used with `api` on an endpoint: the operator's word (config::Endpoint::apis), else what is
// known of the model, else what is known of the endpoint's route.
Verdict verdict_of(const std::map<std::string, bool>& configured, const Learned& learned, const ModelReport& model,
                   Api api);

// The same with how it is known, the evidence and since when. Of the operator's word there is only that it is his.
Capability capability_of(const std::map<std::string, bool>& configured, const Learned& learned,
                         const ModelReport& model, Api api);

}  // namespace pointsman::registry
