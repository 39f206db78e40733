#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "pointsman/base/clock.hpp"
#include "pointsman/registry/report.hpp"

// What has to be asked again, and what may stay: models and health are asked every time, routes only when something
// suggests that they changed (docs/detection.md).
namespace pointsman::probe {

// What earlier probes found out. Empty: nothing, so that everything is asked.
struct Known {
  std::string server_type;
  std::string version;
  std::vector<registry::ModelReport> models;
  registry::PerApi<registry::Capability> routes;
  WallTime routes_asked{};  // Findings::routes_asked of the last probe that had one; without it unknown routes are
                            // asked for every time
};

inline constexpr std::chrono::hours verdict_lasts{24};
inline constexpr std::chrono::minutes unknown_lasts{10};  // and a "no"

// Whether what was learned at `at` is too old to be relied on. Also if the clock has been set back since.
bool is_stale(WallTime at, WallTime now);

// The routes that a probe must ask for: all if the type, the version or the names of the models changed; otherwise
// those that are stale, and those unknown or missing if they have not been asked for lately: a server may have been
// started anew with other options.
registry::PerApi<bool> routes_due(const Known& known, const registry::ProbeReport& seen, WallTime now);

// Whether everything has been asked within a day, so that an endpoint that is best left alone can be.
bool is_settled(const Known& known, WallTime now);

// Whether an earlier probe found out, within a day, what this model can be used with. For many models there is
// examined_models().
bool is_examined(const Known& known, std::string_view model, WallTime now);

// The models of which an earlier probe found out, within a day, what they can be used with. Good as long as `known`.
std::unordered_set<std::string_view> examined_models(const Known& known, WallTime now);

// The same server with the same models, as far as the list of models shows.
bool same_models(const std::vector<registry::ModelReport>& known, const std::vector<registry::ModelReport>& seen);

}  // namespace pointsman::probe
