#pragma once

#include <memory>
#include <optional>
#include <string_view>
#include <utility>

#include "pointsman/config/settings.hpp"

namespace pointsman::access {

// Who may come in. Immutable, so safe from every thread. Holds digests only.
class KeyRing {
 public:
  explicit KeyRing(config::Access access) : access_(std::move(access)) {}

  // No keys are configured: everybody may come in.
  bool open() const { return access_.keys.empty(); }
  // Several clients that must not come by what is each other's.
  bool is_shared() const { return access_.keys.size() > 1; }

  // The key that a request presents, from the values of Authorization (Bearer only) and x-api-key; nullptr: none, or a
  // wrong one. It lives as long as the ring.
  // Either header will do, and Authorization comes first: SDKs fill one of them from the environment while their user
  // set the other, and a request that proves one key has proven it, whatever else it carries.
  // Takes the same time whichever key matches and wherever a wrong one differs.
  const config::Key* verify(std::optional<std::string_view> authorization,
                            std::optional<std::string_view> x_api_key) const;

 private:
  const config::Key* find(std::string_view presented) const;

  config::Access access_;
};

// A request keeps the ring that it was let in by.
using KeyRingPtr = std::shared_ptr<const KeyRing>;

// Whether a key may use a model; without globs every model.
bool may_use(const config::Key& key, std::string_view model);

}  // namespace pointsman::access
