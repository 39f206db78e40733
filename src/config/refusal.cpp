#include "pointsman/config/refusal.hpp"

namespace pointsman::config {
namespace {

std::string refusal(const std::string& listener) {
  return "the listener " + listener +
         " can be reached from other machines, but there are no keys. Make one with `pointsman keys create --config "
         "FILE --name NAME`, or write keys into the file:\n"
         "\n"
         "  access:\n"
         "    keys:\n"
         "      - {name: team-a, key: \"${TEAM_A_KEY}\"}\n"
         "\n"
         "or, if everybody who can reach it may use it:\n"
         "\n"
         "  access: open\n";
}

}  // namespace

std::string refusal_to_start(const Settings& settings, bool has_kept_keys) {
  if (has_kept_keys || settings.access.open || !settings.access.keys.empty()) return "";
  for (const auto& listener : settings.listen) {
    if (!listener.address.is_loopback()) return refusal(listener.address.text() + " (`listen`)");
  }
  const auto& operations = settings.operations.address;
  if (!operations.is_loopback()) return refusal(operations.text() + " (`operations`)");
  return "";
}

std::optional<Problem> warning_of_no_endpoints(const Settings& settings) {
  if (!settings.endpoints.empty() || settings.probe.discover) return std::nullopt;
  return warning_at({},
                    "no endpoint is named, so that nothing can be served; write `endpoints: [{name: gpu, url: "
                    "\"http://127.0.0.1:8000\"}]`, or `probe: {discover: true}` to look for servers on this machine");
}

}  // namespace pointsman::config
