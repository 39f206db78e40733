#include "pointsman/registry/report.hpp"

#include "enum_names.hpp"

namespace pointsman::registry {
namespace {

constexpr std::array<std::string_view, 6> health_names{"unknown", "up", "loading", "busy", "auth", "down"};

}  // namespace

std::string_view name(Health health) { return health_names[static_cast<std::size_t>(health)]; }

std::optional<Health> health_named(std::string_view name) { return enumerator_named<Health>(health_names, name); }

}  // namespace pointsman::registry
