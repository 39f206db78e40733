#include "pointsman/registry/capability.hpp"

#include "enum_names.hpp"

namespace pointsman::registry {
namespace {

constexpr std::array<std::string_view, 3> verdict_names{"unknown", "no", "yes"};
constexpr std::array<std::string_view, 6> provenance_names{"none",   "profile",  "openapi",
                                                           "probed", "observed", "configured"};

}  // namespace

std::string_view name(Verdict verdict) { return verdict_names[static_cast<std::size_t>(verdict)]; }
std::string_view name(Provenance provenance) { return provenance_names[static_cast<std::size_t>(provenance)]; }

std::optional<Verdict> verdict_named(std::string_view name) { return enumerator_named<Verdict>(verdict_names, name); }

std::optional<Provenance> provenance_named(std::string_view name) {
  return enumerator_named<Provenance>(provenance_names, name);
}

}  // namespace pointsman::registry
