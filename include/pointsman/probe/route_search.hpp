#pragma once

#include "pointsman/probe/conversation.hpp"
#include "pointsman/registry/api.hpp"
#include "pointsman/registry/capability.hpp"

namespace pointsman::probe {

// The ways to find a server's routes, cheapest first. A family leaves out what would mislead or harm its servers.
struct Means {
  bool openapi = true;  // GET /openapi.json, where FastAPI servers list their routes
  bool get = true;      // GET the route: 405 means that it is there, for POST; or a handshake there: WebSocket is
  bool post = true;     // POST malformed JSON: a complaint about it means that the route is there
};

// Asks for the routes that are due, from the table of APIs. A route that could not be found out is unknown.
net::Task<registry::PerApi<registry::Capability>> find_routes(Conversation& conversation, Means means,
                                                              registry::PerApi<bool> due);

}  // namespace pointsman::probe
