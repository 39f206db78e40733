#include "pointsman/registry/rules.hpp"

#include "enum_names.hpp"

namespace pointsman::registry {
namespace {

constexpr std::array<std::string_view, 4> policy_names{"least_loaded", "p2c_latency", "prefix_hash", "round_robin"};

}  // namespace

Policy policy_named(std::string_view name) {
  return enumerator_named<Policy>(policy_names, name).value_or(Policy::least_loaded);
}

}  // namespace pointsman::registry
