#include "pointsman/api/routes.hpp"

#include <algorithm>

#include "pointsman/http/head.hpp"

namespace pointsman::api {
namespace {

constexpr std::string_view prefix = "/v1";
constexpr std::string_view models_path = "/v1/models";

// Behind the path of a route that is taken with WebSocket, in its label: the path alone may be that of another route.
constexpr std::string_view websocket_mark = " (websocket)";

// The labels of the API table: its paths as they stand on our side.
constexpr auto api_labels = [] {
  std::array<std::array<char, 40>, registry::api_count> labels{};
  for (std::size_t i = 0; i < labels.size(); ++i) {
    const auto& row = registry::api_table[i];
    auto end = labels[i].begin();
    if (row.base == registry::Base::api) end = std::copy(prefix.begin(), prefix.end(), end);
    end = std::copy(row.path.begin(), row.path.end(), end);
    if (registry::uses_websocket(row)) std::copy(websocket_mark.begin(), websocket_mark.end(), end);
  }
  return labels;
}();

// The API table's routes, in its order, and behind them other names of them and our own.
constexpr auto routes = [] {
  std::array<Route, route_count> all{};
  std::size_t count = 0;
  for (const auto& row : registry::api_table) {
    const auto kind = registry::uses_websocket(row) ? RouteKind::websocket : RouteKind::forwarded;
    all[count] = {kind, row.api, api_labels[count].data(), row.method};
    ++count;
  }
  all[count++] = {RouteKind::forwarded, registry::Api::rerank, "/rerank", "POST"};
  all[count++] = {RouteKind::models, {}, models_path, "GET, HEAD"};
  all[count++] = {RouteKind::alive, {}, "/healthz", "GET, HEAD"};
  all[count++] = {RouteKind::model, {}, "/v1/models/{id}", "GET, HEAD"};
  return all;
}();

constexpr const Route& model_route = routes.back();

int hexadecimal_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if ((c | 0x20) >= 'a' && (c | 0x20) <= 'f') return (c | 0x20) - 'a' + 10;
  return -1;
}

std::string_view path_of(const Route& route) {
  auto path = route.label;
  if (route.kind == RouteKind::websocket) path.remove_suffix(websocket_mark.size());
  return path;
}

const Route* find(std::string_view path, bool asks_for_websocket) {
  const Route* found = nullptr;
  for (const auto& route : routes) {
    if (path != path_of(route) || &route == &model_route) continue;
    if (asks_for_websocket && route.kind == RouteKind::websocket) return &route;
    if (found == nullptr) found = &route;
  }
  if (found != nullptr) return found;
  const bool names_a_model = path.starts_with(models_path) && path.substr(models_path.size()).starts_with('/');
  return names_a_model ? &model_route : nullptr;
}

bool lists(std::string_view allow, std::string_view method) {
  while (!allow.empty()) {
    const auto comma = std::min(allow.find(", "), allow.size());
    if (allow.substr(0, comma) == method) return true;
    allow.remove_prefix(std::min(comma + 2, allow.size()));
  }
  return false;
}

}  // namespace

std::span<const Route, route_count> all_routes() { return routes; }

Match match(std::string_view method, std::string_view path, bool asks_for_websocket) {
  if (path.size() > 1 && path.ends_with('/')) path.remove_suffix(1);
  Match match;
  match.route = find(path, asks_for_websocket);
  if (match.route == nullptr) return match;
  match.method_allowed = lists(match.route->allow, method);
  if (match.route == &model_route) match.parameter = percent_decoded(path.substr(models_path.size() + 1));
  return match;
}

std::string percent_decoded(std::string_view text) {
  std::string decoded;
  decoded.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    const int high = text[i] == '%' && i + 2 < text.size() ? hexadecimal_digit(text[i + 1]) : -1;
    const int low = high >= 0 ? hexadecimal_digit(text[i + 2]) : -1;
    if (low >= 0) {
      decoded += static_cast<char>(16 * high + low);
      i += 2;
    } else {
      decoded += text[i];
    }
  }
  return decoded;
}

}  // namespace pointsman::api
