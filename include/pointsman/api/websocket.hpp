#pragma once

#include <string_view>

#include "pointsman/access/key_ring.hpp"
#include "pointsman/access/quota.hpp"
#include "pointsman/api/request_metrics.hpp"
#include "pointsman/config/settings.hpp"
#include "pointsman/http/connection.hpp"
#include "pointsman/proxy/websocket_forwarder.hpp"
#include "pointsman/registry/api.hpp"

namespace pointsman::api {

// Who comes with WebSocket. What it refers to outlives the connection.
struct WebSocketVisitor {
  const config::Key* key;          // nullptr: everybody may come in
  bool is_shared;                  // there are several keys
  const access::KeyRingPtr& ring;  // the one of the moment at which one looks
  access::Allowance* allowance;    // of the connection; nullptr: its key has no limits
  std::string_view request_id;
  observe::Trace* trace;  // nullptr: it has none
  RequestMetrics& metrics;
};

// Answers a request to one of the routes that are taken with WebSocket: relays it where an endpoint offers the API for
// a model that the key may use, and refuses it with 426 where none does. Each message of Responses is a request of its
// own, for which the key has to be good by then and its limits have to allow it. What responses take is counted as they
// end.
net::Task<proxy::WebSocketOutcome> answer_websocket(http::Connection& client, proxy::WebSocketForwarder& forwarder,
                                                    registry::Api api, const WebSocketVisitor& visitor);

}  // namespace pointsman::api
