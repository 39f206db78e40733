#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "pointsman/http/head.hpp"

// The opening handshake of WebSocket (RFC 6455 §4): what is asked, what is answered. No I/O.
namespace pointsman::http {

// Whether a request asks to go on with WebSocket (§4.2.1).
bool asks_for_websocket(const RequestHead& head);

// Why its handshake cannot be answered; nothing: it can.
std::optional<Rejection> judge_websocket(const RequestHead& head);

// What Sec-WebSocket-Accept has to say to a Sec-WebSocket-Key (§4.2.2).
std::string websocket_accept(std::string_view key);

// A Sec-WebSocket-Key of our own (§4.1).
std::string websocket_key();

// Whether an answer accepts the handshake that had this key.
bool accepts_websocket(const ResponseHead& head, std::string_view key);

// Browsers cannot send Authorization with a handshake, so OpenAI's clients there offer their key as a subprotocol:
// `openai-insecure-api-key.KEY`. The key; nothing if none is offered.
std::optional<std::string_view> offered_key(const RequestHead& head);

// A list of subprotocols without the ones that carry a key.
std::string without_keys(std::string_view protocols);

}  // namespace pointsman::http
