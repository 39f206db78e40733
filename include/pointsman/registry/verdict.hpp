#pragma once

#include "pointsman/config/settings.hpp"
#include "pointsman/registry/api.hpp"
#include "pointsman/registry/learned.hpp"

namespace pointsman::registry {

// Whether `model` can be used with `api` on an endpoint: the operator's word, else what is known of the model, else
// what is known of the endpoint's route.
Verdict verdict_of(const config::Endpoint& endpoint, const Learned& learned, const ModelReport& model, Api api);

}  // namespace pointsman::registry
