#include "pointsman/config/refusal.hpp"

namespace pointsman::config {
namespace {

std::string refusal(const std::string& listener) {
  return "the listener " + listener +
         " can be reached from other machines, but no keys are configured. Write keys into the file:\n"
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

std::string refusal_to_start(const Settings& settings) {
  if (settings.access.open || !settings.access.keys.empty()) return "";
  for (const auto& listener : settings.listen) {
    if (!listener.address.is_loopback()) return refusal(listener.address.text() + " (`listen`)");
  }
  const auto& operations = settings.operations.address;
  if (!operations.is_loopback()) return refusal(operations.text() + " (`operations`)");
  return "";
}

}  // namespace pointsman::config
