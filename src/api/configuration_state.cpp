#include "pointsman/api/configuration_state.hpp"

namespace pointsman::api {

void write_metrics(observe::PrometheusText& text, const ConfigurationState& state) {
  text.metric("pointsman_config_reloads_total", "counter", "Times that the file was read again, by what came of it.");
  text.sample({{"result", "applied"}}, state.applied);
  text.sample({{"result", "refused"}}, state.refused);
  text.metric("pointsman_config_last_reload_successful", "gauge",
              "0: the file is wrong, and what held before still holds.");
  text.sample({}, state.problems.empty() ? 1 : 0);
  text.metric("pointsman_config_loaded_seconds", "gauge", "When what holds now was read, in seconds since 1970.");
  const auto since_1970 = std::chrono::duration_cast<std::chrono::seconds>(state.loaded.time_since_epoch());
  text.sample({}, static_cast<std::uint64_t>(since_1970.count()));
}

}  // namespace pointsman::api
