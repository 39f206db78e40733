#pragma once

#include "pointsman/probe/conversation.hpp"
#include "pointsman/registry/api.hpp"
#include "pointsman/registry/capability.hpp"

namespace pointsman::probe {

// Asks for the APIs over WebSocket that are due: a handshake on each one's route, which names no model and is followed
// by no frame, so nothing is generated; the connection is then thrown away. Only 101 says yes.
net::Task<registry::PerApi<registry::Capability>> find_websockets(Conversation& conversation,
                                                                  registry::PerApi<bool> due);

}  // namespace pointsman::probe
