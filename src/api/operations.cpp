#include "pointsman/api/operations.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "pointsman/api/answers.hpp"
#include "pointsman/api/explain.hpp"
#include "pointsman/api/query.hpp"

namespace pointsman::api {
namespace {

constexpr std::string_view paths[] = {"/healthz", "/readyz", "/metrics", "/explain", "/endpoints"};

using Json = nlohmann::ordered_json;

Json readiness_body(const Readiness& readiness, bool is_stopping) {
  Json json{{"status", readiness.ready() && !is_stopping ? "ready" : "not_ready"},
            {"endpoints", readiness.endpoints.size()},
            {"endpoints_up", readiness.endpoints_up},
            {"models_ready", readiness.models_ready}};
  if (is_stopping) {
    json["reason"] = "stopping";
  } else if (readiness.endpoints.empty()) {
    json["reason"] = "no endpoint is configured or was found";
  } else if (!readiness.ready()) {
    json["reason"] = "no endpoint is up; the log says why for each";
  }
  return json;
}

Json states(const std::vector<Readiness::Endpoint>& endpoints) {
  auto list = Json::array();
  for (const auto& each : endpoints) {
    Json state{{"name", each.name}, {"health", registry::name(each.health)}, {"seconds", each.holds.count()}};
    if (!each.detail.empty()) state["detail"] = each.detail;
    list.push_back(std::move(state));
  }
  return list;
}

Json state(const ConfigurationState& configuration, WallTime now) {
  const auto age = std::chrono::duration_cast<std::chrono::seconds>(now - configuration.loaded);
  const bool was_reloaded = configuration.applied + configuration.refused > 0;
  Json json;
  if (!configuration.file.empty()) json["file"] = configuration.file;
  json["loaded_seconds_ago"] = age.count();
  json["last_reload"] = !configuration.problem.empty() ? "refused" : was_reloaded ? "applied" : "none";
  if (!configuration.problem.empty()) json["problem"] = configuration.problem;
  return json;
}

// What others said may be no UTF-8.
std::string text(const Json& json) { return json.dump(-1, ' ', false, Json::error_handler_t::replace); }

}  // namespace

net::Task<> Operations::handle(http::Connection& client) {
  const auto id = ids_.next();
  const auto& head = client.head();
  const bool reads = head.method == "GET" || head.method == "HEAD";
  if (std::find(std::begin(paths), std::end(paths), head.path) == std::end(paths)) {
    co_await answer_error(client, unknown_path(head.method, head.path), http::Dialect::openai, id.text());
  } else if (!reads) {
    co_await answer_error(client, method_not_allowed(head.method, head.path, "GET, HEAD"), http::Dialect::openai,
                          id.text());
  } else if (head.path == "/healthz") {
    co_await answer_json(client, 200, alive_body, id.text());
  } else if (head.path == "/endpoints") {
    const std::string body = endpoint_list_body(*snapshot_, history_, client.worker().clock().wall());
    co_await answer_json(client, 200, body, id.text());
  } else if (head.path == "/explain") {
    co_await explain(client, id.text());
  } else if (head.path == "/metrics") {
    const std::string body = metrics_() + metrics_text(configuration_);
    http::Answer answer;
    answer.content_type = "text/plain; version=0.0.4; charset=utf-8";
    answer.body = body;
    const std::string fields = "x-request-id: " + std::string(id.text()) + "\r\n";
    answer.fields = fields;
    co_await client.answer(answer);
  } else {
    co_await answer_readiness(client, id.text());
  }
}

net::Task<> Operations::answer_readiness(http::Connection& client, std::string_view request_id) {
  const auto readiness = readiness_();
  auto json = readiness_body(readiness, is_stopping_);
  const auto verbose = query_parameter(client.head().query, "verbose");
  if (verbose && verbose != "false" && verbose != "0") {
    json["endpoint_states"] = states(readiness.endpoints);
    json["configuration"] = state(configuration_, client.worker().clock().wall());
  }
  const std::string body = text(json);
  co_await answer_json(client, readiness.ready() && !is_stopping_ ? 200 : 503, body, request_id);
}

net::Task<> Operations::explain(http::Connection& client, std::string_view request_id) {
  const auto snapshot = snapshot_;
  const auto body = explain_body(*snapshot, client.head().query, client.worker().now());
  if (body) {
    co_await answer_json(client, 200, *body, request_id);
  } else {
    co_await answer_error(client, bad_request(body.error().message, ""), http::Dialect::openai, request_id);
  }
}

net::Task<> Operations::refuse(http::Connection& client, const http::Rejection& rejection) {
  co_await answer_error(client, refused_head(rejection), http::Dialect::openai, ids_.next().text());
}

}  // namespace pointsman::api
