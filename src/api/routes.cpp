#include "pointsman/api/routes.hpp"

#include <algorithm>

#include "pointsman/base/percent_encoding.hpp"
#include "pointsman/config/nearest.hpp"
#include "pointsman/http/head.hpp"

namespace pointsman::api {
namespace {

constexpr std::string_view prefix = "/v1";
constexpr std::string_view models_path = "/v1/models";

// Nobody mistypes a longer path.
constexpr std::size_t longest_mistyped = 256;

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

// What is kept, by its id. Behind the API table's rows, so that /v1/responses/compact is no id.
constexpr std::array kept_patterns{
    Route{RouteKind::kept, registry::Api::responses, "/v1/responses/{id}", "GET, HEAD, DELETE"},
    Route{RouteKind::kept, registry::Api::responses, "/v1/responses/{id}/cancel", "POST"},
    Route{RouteKind::kept, registry::Api::responses, "/v1/responses/{id}/input_items", "GET, HEAD"},
    Route{RouteKind::kept, registry::Api::conversations, "/v1/conversations/{id}", "GET, HEAD, POST, DELETE"},
    Route{RouteKind::kept, registry::Api::conversations, "/v1/conversations/{id}/items", "GET, HEAD, POST"},
    Route{RouteKind::kept, registry::Api::conversations, "/v1/conversations/{id}/items/{item}", "GET, HEAD, DELETE"},
    Route{RouteKind::kept, registry::Api::chat_completions, "/v1/chat/completions/{id}", "GET, HEAD, POST, DELETE"},
    Route{RouteKind::kept, registry::Api::chat_completions, "/v1/chat/completions/{id}/messages", "GET, HEAD"},
};

// The API table's routes, in its order, and behind them other names of them and our own.
constexpr auto routes = [] {
  std::array<Route, route_count> all{};
  std::size_t count = 0;
  for (const auto& row : registry::api_table) {
    const auto kind = registry::uses_websocket(row)              ? RouteKind::websocket
                      : row.body == registry::BodyFormat::unread ? RouteKind::kept
                                                                 : RouteKind::forwarded;
    all[count] = {kind, row.api, api_labels[count].data(), row.method};
    ++count;
  }
  all[count++] = {RouteKind::forwarded, registry::Api::rerank, "/rerank", "POST"};
  all[count++] = {RouteKind::models, {}, models_path, "GET, HEAD"};
  all[count++] = {RouteKind::alive, {}, "/healthz", "GET, HEAD"};
  all[count++] = {RouteKind::document, {}, "/openapi.json", "GET, HEAD"};
  all[count++] = {RouteKind::model, {}, "/v1/models/{id}", "GET, HEAD"};
  for (const auto& pattern : kept_patterns) all[count++] = pattern;
  return all;
}();

constexpr const Route& model_route = routes[route_count - kept_patterns.size() - 1];
static_assert(model_route.kind == RouteKind::model);

// The text up to the next slash, and what is behind that.
std::string_view next_segment(std::string_view& path) {
  const auto end = std::min(path.find('/'), path.size());
  const auto segment = path.substr(0, end);
  path.remove_prefix(std::min(end + 1, path.size()));
  return segment;
}

// An id goes on to an endpoint as a part of a path, so it must not be able to lead anywhere else there.
bool is_fit(std::string_view id) {
  const auto is_unfit = [](char c) { return c <= ' ' || c == '/' || c == '\\' || c == '?' || c == '#' || c == '\x7f'; };
  return !id.empty() && id != "." && id != ".." && std::ranges::none_of(id, is_unfit);
}

// Whether a path is one of the pattern; the first of its ids is what it is about.
bool fits(std::string_view path, std::string_view pattern, std::string& id) {
  id.clear();
  while (!pattern.empty()) {
    const auto wanted = next_segment(pattern);
    const auto segment = next_segment(path);
    if (!wanted.starts_with('{')) {
      if (segment != wanted) return false;
      continue;
    }
    auto decoded = percent_decoded(segment);
    if (!is_fit(decoded)) return false;
    if (id.empty()) id = std::move(decoded);
  }
  return path.empty();
}

std::string_view path_of(const Route& route) {
  auto path = route.label;
  if (route.kind == RouteKind::websocket) path.remove_suffix(websocket_mark.size());
  return path;
}

const Route* find(std::string_view path, bool asks_for_websocket) {
  const Route* found = nullptr;
  for (const auto& route : routes) {
    if (path != path_of(route) || route.label.ends_with('}')) continue;
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
  for (const auto& pattern : std::span(routes).last(kept_patterns.size())) {
    if (match.route == nullptr && fits(path, pattern.label, match.parameter)) match.route = &pattern;
  }
  if (match.route == nullptr) return match;
  match.method_allowed = lists(match.route->allow, method);
  if (match.route == &model_route) match.parameter = percent_decoded(path.substr(models_path.size() + 1));
  return match;
}

std::string_view meant_path(std::string_view path) {
  if (path.size() > longest_mistyped) return "";
  if (path.size() > 1 && path.ends_with('/')) path.remove_suffix(1);
  std::string below = std::string(prefix) += path;
  if (const auto* route = match("", below).route) return path_of(*route);
  const bool has_prefix = path.starts_with(prefix) && path.substr(prefix.size()).starts_with('/');
  if (!has_prefix && !path.starts_with('/')) return "";
  if (has_prefix) path.remove_prefix(prefix.size());
  if (has_prefix && path.starts_with(prefix)) {
    if (const auto* route = match("", path).route) return path_of(*route);
  }
  const auto without_base = [](std::string_view of) {
    if (of.starts_with(prefix)) of.remove_prefix(prefix.size());
    return std::string(of.substr(std::min<std::size_t>(1, of.size())));
  };
  std::vector<std::string> names;
  for (const auto& route : routes) names.push_back(route.label.ends_with('}') ? "" : without_base(path_of(route)));
  const auto meant = config::nearest(path.substr(1), names);
  if (meant.empty()) return "";
  return path_of(routes[static_cast<std::size_t>(std::ranges::find(names, meant) - names.begin())]);
}

std::string_view path_below_ours(std::string_view path) {
  if (path.ends_with('/')) path.remove_suffix(1);
  return path.substr(std::min(prefix.size(), path.size()));
}

bool is_for_all(const Route& route) { return route.kind == RouteKind::alive || route.kind == RouteKind::document; }

std::string_view api_name(const Route& route) {
  const bool has_api =
      route.kind == RouteKind::forwarded || route.kind == RouteKind::kept || route.kind == RouteKind::websocket;
  return has_api ? registry::row(route.api).name : "";
}

}  // namespace pointsman::api
