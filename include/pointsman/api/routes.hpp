#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "pointsman/registry/api.hpp"

// Which paths there are on the main listener: the API table, and our own routes.
namespace pointsman::api {

enum class RouteKind : std::uint8_t {
  forwarded,  // by the model that the request names
  kept,       // to the endpoint that keeps what the path names, or that makes a new one
  websocket,  // by the model that the query or the first message names
  models,
  model,
  alive,
  document,  // this table, for programs
};

struct Route {
  RouteKind kind;
  registry::Api api;       // if forwarded or websocket; if kept, the API that makes it
  std::string_view label;  // for logs and metrics: never what the client wrote
  std::string_view allow;  // the methods it takes, as the Allow field lists them
};

// Whether it is for everybody, with a key or without: it says nothing of what the gateway has or does.
bool is_for_all(const Route& route);

// As the table of APIs calls it; empty: the route is none of theirs.
std::string_view api_name(const Route& route);

inline constexpr std::size_t route_count = registry::api_count + 13;
std::span<const Route, route_count> all_routes();

// What a path leads to.
struct Match {
  const Route* route = nullptr;  // nullptr: nothing is there
  std::string parameter;         // of `model` and `kept`: the id, decoded once; empty: there is none
  bool method_allowed = false;
};

// A final slash is ignored: redirecting would lose a POST's body. What asks to go on with WebSocket has routes of its
// own, where the path has one.
Match match(std::string_view method, std::string_view path, bool asks_for_websocket = false);

// The path of the table that a client most likely meant with one that leads nowhere: below our /v1 or without one /v1
// of two, or spelt nearly so. Empty: none.
std::string_view meant_path(std::string_view path);

// What stands behind our /v1 in a path of the API table or of something kept: as the client wrote it, without a final
// slash.
std::string_view path_below_ours(std::string_view path);

}  // namespace pointsman::api
