#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "pointsman/registry/api.hpp"

// Which paths there are on the main listener: the API table, and our own routes.
namespace pointsman::api {

enum class RouteKind : std::uint8_t { forwarded, websocket, models, model, alive };

struct Route {
  RouteKind kind;
  registry::Api api;       // if forwarded or websocket
  std::string_view label;  // for logs and metrics: never what the client wrote
  std::string_view allow;  // the methods it takes, as the Allow field lists them
};

inline constexpr std::size_t route_count = registry::api_count + 4;
std::span<const Route, route_count> all_routes();

// What a path leads to.
struct Match {
  const Route* route = nullptr;  // nullptr: nothing is there
  std::string parameter;         // of `model`: its id, decoded once
  bool method_allowed = false;
};

// A final slash is ignored: redirecting would lose a POST's body. What asks to go on with WebSocket has routes of its
// own, where the path has one.
Match match(std::string_view method, std::string_view path, bool asks_for_websocket = false);

// Takes percent-encoding off, once (RFC 3986 §2.1); a percent sign that begins none stands for itself.
std::string percent_decoded(std::string_view text);

}  // namespace pointsman::api
