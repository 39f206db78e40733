#include "pointsman/registry/health.hpp"

#include "enum_names.hpp"

namespace pointsman::registry {
namespace {

constexpr std::array<std::string_view, 6> health_names{"unknown", "up", "loading", "busy", "auth", "down"};

}  // namespace

std::string_view name(Health health) { return health_names[static_cast<std::size_t>(health)]; }

std::optional<Health> health_named(std::string_view name) { return enumerator_named<Health>(health_names, name); }

void EndpointHealth::probed(Health found) {
  if (found == Health::unknown) return;
  if (found == Health::down) return fail();
  failures_ = 0;
  if (found == Health::up && health_ == Health::down && ++successes_ < patience_.successes) return;
  successes_ = 0;
  health_ = found;
}

bool EndpointHealth::fault() {
  if (health_ != Health::up && health_ != Health::busy) return false;
  fail();
  return true;
}

void EndpointHealth::fail() {
  successes_ = 0;
  if (health_ == Health::down) return;
  if (health_ != Health::unknown && ++failures_ < patience_.failures) return;
  failures_ = 0;
  health_ = Health::down;
}

}  // namespace pointsman::registry
