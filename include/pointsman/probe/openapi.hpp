#pragma once

#include <optional>
#include <string>

#include "pointsman/config/settings.hpp"
#include "pointsman/probe/observation.hpp"
#include "pointsman/registry/api.hpp"
#include "pointsman/registry/capability.hpp"

namespace pointsman::probe {

// What a server says of itself in its OpenAPI document.
struct OpenApi {
  std::string version;
  registry::PerApi<bool> offered;  // the routes of the API table that it lists below `url`'s base
  bool offers_any = false;         // false: it describes something else, and absence proves nothing
  std::string models_base;         // where it lists a GET .../models: "/v1"; empty: nowhere
};

// Nothing if the answer is no OpenAPI document.
std::optional<OpenApi> read_openapi(const Observation& document, const config::Url& url);

}  // namespace pointsman::probe
