#pragma once

#include "pointsman/probe/conversation.hpp"
#include "pointsman/registry/api.hpp"
#include "pointsman/registry/capability.hpp"

namespace pointsman::probe {

// The ways to find a server's routes, cheapest first. A family leaves out what would mislead or harm its servers.
struct Means {
  bool openapi = true;   // GET /openapi.json, where FastAPI servers list their routes
  bool get = true;       // GET the route: 405 means that it is there, for POST
  bool post = true;      // POST malformed JSON: a complaint about it means that the route is there
  bool forms = true;     // POST it also where a form belongs; false: what is no form would be taken for an empty one
  bool handshake = get;  // GET it with a WebSocket handshake; true beside get = false: only a plain GET tells nothing
};

// Asks for the routes that are due, from the table of APIs. A route that could not be found out is unknown. Routes
// below another one (/responses/compact) are not asked for by GET, which could mean a stored response of that name, nor
// where the one above them is missing. Those of which nothing is `known` come first, so that a search that a slow
// server cuts short gets further the next time.
net::Task<registry::PerApi<registry::Capability>> find_routes(Conversation& conversation, Means means,
                                                              registry::PerApi<bool> due,
                                                              registry::PerApi<registry::Capability> known);

}  // namespace pointsman::probe
