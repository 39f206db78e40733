#include "pointsman/api/configuration_state.hpp"

#include "pointsman/observe/prometheus_text.hpp"

namespace pointsman::api {

std::string metrics_text(const ConfigurationState& state) {
  observe::PrometheusText text;
  text.metric("pointsman_config_reloads_total", "counter", "Times that the file was read again, by what came of it.");
  text.sample({{"result", "applied"}}, state.applied);
  text.sample({{"result", "refused"}}, state.refused);
  text.metric("pointsman_config_last_reload_successful", "gauge",
              "0: the file is wrong, and what held before still holds.");
  text.sample({}, state.problem.empty() ? 1 : 0);
  text.metric("pointsman_config_loaded_seconds", "gauge", "When what holds now was read, in seconds since 1970.");
  const auto since_1970 = std::chrono::duration_cast<std::chrono::seconds>(state.loaded.time_since_epoch());
  text.sample({}, static_cast<std::uint64_t>(since_1970.count()));
  return text.take();
}

}  // namespace pointsman::api
