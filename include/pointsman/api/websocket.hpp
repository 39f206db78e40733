#pragma once

#include <string_view>

#include "pointsman/config/settings.hpp"
#include "pointsman/http/connection.hpp"
#include "pointsman/proxy/websocket_forwarder.hpp"
#include "pointsman/registry/api.hpp"

namespace pointsman::api {

// Answers a request to one of the routes that are taken with WebSocket: relays it where an endpoint offers the API for
// a model that the key may use, and refuses it with 426 where none does. `key`: nullptr where everybody may come in.
net::Task<proxy::WebSocketOutcome> answer_websocket(http::Connection& client, proxy::WebSocketForwarder& forwarder,
                                                    registry::Api api, const config::Key* key, bool is_shared,
                                                    std::string_view request_id);

}  // namespace pointsman::api
