#pragma once

#include <string>
#include <string_view>

#include "pointsman/access/key_ring.hpp"
#include "pointsman/access/quota.hpp"
#include "pointsman/registry/snapshot.hpp"

// GET /explain?key=NAME on the operations listener: what a key may use now, what not, and why.
namespace pointsman::api {

// The body. Says nothing of secrets; of a name that no key has it says so. For people who ask, not for the request
// path.
std::string explain_key_body(const access::KeyRing& keys, const registry::Snapshot& snapshot, std::string_view name,
                             const access::Moment& now);

}  // namespace pointsman::api
