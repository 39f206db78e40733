#include "pointsman/proxy/residence.hpp"

#include <algorithm>

namespace pointsman::proxy {

Residence residence_of(const std::optional<ownership::Owner>& owner, std::string_view key,
                       const registry::Snapshot& snapshot) {
  using Kind = Residence::Kind;
  if (!owner) return {};
  if (owner->key != key) return {Kind::foreign, 0};
  const auto found = std::ranges::find(snapshot.endpoints, owner->endpoint, &registry::SnapshotEndpoint::name);
  if (found == snapshot.endpoints.end()) return {Kind::gone, 0};
  return {Kind::at, static_cast<std::uint32_t>(found - snapshot.endpoints.begin())};
}

}  // namespace pointsman::proxy
