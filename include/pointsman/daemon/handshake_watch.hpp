#pragma once

#include "pointsman/base/clock.hpp"
#include "pointsman/net/handshake_failures.hpp"
#include "pointsman/observe/log.hpp"

namespace pointsman::daemon {

// Says in the log that clients' TLS handshakes failed, as often as `failures` finds that worth a line. Call it every
// tick.
void tell(net::HandshakeFailures& failures, MonotonicTime now, observe::Log& log);

}  // namespace pointsman::daemon
