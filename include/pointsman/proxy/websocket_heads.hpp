#pragma once

#include <string>
#include <string_view>

#include "pointsman/http/head.hpp"
#include "pointsman/observe/trace.hpp"
#include "pointsman/proxy/relay.hpp"
#include "pointsman/registry/snapshot.hpp"

// The heads of WebSocket's opening handshake (RFC 6455 §4).
namespace pointsman::proxy {

// Where a handshake goes.
struct HandshakeTarget {
  const registry::SnapshotEndpoint& endpoint;
  std::string_view path;   // of the API, below the endpoint's base
  std::string_view query;  // with its question mark; may be empty
  const observe::Trace* trace = nullptr;
};

// The client's own handshake as the endpoint gets it: its end-to-end fields with Sec-WebSocket-*, but the endpoint's
// Host and Authorization, and no key among its subprotocols.
std::string passed_handshake(const http::RequestHead& request, const HandshakeTarget& target);

// A handshake of ours in the client's name: its end-to-end fields, with `key`, without subprotocols and extensions.
std::string own_handshake(const http::RequestHead& request, const HandshakeTarget& target, std::string_view key);

// The endpoint's 101 as the client gets it.
std::string passed_acceptance(const http::ResponseHead& head, const OwnFields& own);

// A 101 of our own.
std::string own_acceptance(std::string_view key, std::string_view request_id);

// The query with another model's name; of several `model`s all get it.
std::string with_model(std::string_view query, std::string_view model);

}  // namespace pointsman::proxy
