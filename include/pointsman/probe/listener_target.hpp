#pragma once

#include "pointsman/base/secret.hpp"
#include "pointsman/config/settings.hpp"
#include "pointsman/probe/client.hpp"

namespace pointsman::probe {

// A listener of a gateway on this machine, to be asked something. Its certificate is for the name that others know it
// by, so that it is looked at only where a key is sent. The error is about TLS, and says what to do.
Result<Target> listener_target(const config::Listener& listener, Secret key, Milliseconds timeout);

}  // namespace pointsman::probe
