#include "pointsman/api/operations.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "load_state.hpp"
#include "pointsman/api/answers.hpp"
#include "pointsman/api/explain.hpp"
#include "pointsman/api/explain_key.hpp"
#include "pointsman/api/metrics_format.hpp"
#include "pointsman/api/openapi.hpp"
#include "pointsman/api/query.hpp"
#include "pointsman/config/nearest.hpp"

namespace pointsman::api {
namespace {

constexpr std::string_view paths[] = {"/healthz", "/readyz", "/metrics", "/explain", "/endpoints", "/openapi.json"};

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

Json states(const std::vector<Readiness::Endpoint>& endpoints, const registry::Snapshot& snapshot, MonotonicTime now) {
  auto list = Json::array();
  for (const auto& each : endpoints) {
    Json state{{"name", each.name}, {"health", registry::name(each.health)}, {"seconds", each.holds.count()}};
    if (!each.detail.empty()) state["detail"] = each.detail;
    const auto found = std::find_if(snapshot.endpoints.begin(), snapshot.endpoints.end(),
                                    [&](const auto& endpoint) { return endpoint.name == each.name; });
    if (found != snapshot.endpoints.end()) add_load_state(*found, now, state);
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
  json["last_reload"] = !configuration.problems.empty() ? "refused" : was_reloaded ? "applied" : "none";
  const auto& problems = configuration.problems;
  if (!problems.empty()) {
    json["problem"] = problems.front();
    json["problem_seconds"] =
        std::chrono::duration_cast<std::chrono::seconds>(now - configuration.refused_since).count();
  }
  if (problems.size() > 1) json["problems"] = problems;
  if (!configuration.needs_restart.empty()) json["needs_restart"] = configuration.needs_restart;
  return json;
}

Json state(const KeyState& keys) {
  Json json{{"file", keys.in_file}, {"database", keys.in_database}};
  if (!keys.problem.empty()) json["problem"] = keys.problem;
  return json;
}

Json states(const std::vector<net::CertificateFailure>& failures) {
  auto list = Json::array();
  for (const auto& each : failures) {
    list.push_back({{"listener", each.listener},
                    {"certificate", each.files.certificate},
                    {"key", each.files.key},
                    {"problem", each.cause},
                    {"seconds", each.lasts.count()}});
  }
  return list;
}

bool is_verbose(std::string_view query) {
  const auto verbose = query_parameter(query, "verbose");
  return verbose && *verbose != "false" && *verbose != "0";
}

// What others said may be no UTF-8.
std::string text(const Json& json) { return json.dump(-1, ' ', false, Json::error_handler_t::replace); }

}  // namespace

std::span<const std::string_view> operations_paths() { return paths; }

net::Task<> Operations::handle(http::Connection& client) {
  const auto id = ids_.next();
  const auto& head = client.head();
  const bool reads = head.method == "GET" || head.method == "HEAD";
  if (std::find(std::begin(paths), std::end(paths), head.path) == std::end(paths)) {
    const std::vector<std::string> names(std::begin(paths), std::end(paths));
    co_await answer_error(client, unknown_path(head.method, head.path, config::nearest(head.path, names)),
                          http::Dialect::openai, id.text());
  } else if (!reads) {
    co_await answer_error(client, method_not_allowed(head.method, head.path, "GET, HEAD"), http::Dialect::openai,
                          id.text());
  } else if (const auto refusal = refused(client)) {
    co_await answer_error(client, *refusal, http::Dialect::openai, id.text());
  } else if (head.path == "/healthz") {
    co_await answer_json(client, 200, alive_body, id.text());
  } else if (head.path == "/openapi.json") {
    co_await answer_json(client, 200, openapi_document(Listener::operators), id.text());
  } else if (head.path == "/endpoints") {
    const std::string body = endpoint_list_body(*snapshot_, history_, queues_(), client.worker().clock());
    co_await answer_json(client, 200, body, id.text());
  } else if (head.path == "/explain") {
    co_await explain(client, id.text());
  } else if (head.path == "/metrics") {
    co_await answer_metrics(client, id.text());
  } else {
    co_await answer_readiness(client, id.text());
  }
}

// Load balancers look at /healthz and /readyz, and have no key; and the document is no secret.
Seldom<http::ErrorAnswer> Operations::refused(http::Connection& client) const {
  const auto& head = client.head();
  const bool is_for_all =
      head.path == "/healthz" || head.path == "/openapi.json" || (head.path == "/readyz" && !is_verbose(head.query));
  if (reach_ == Reach::this_machine || keys_->open() || is_for_all) return {};
  const auto authorization = head.fields.find(http::FieldName::authorization);
  const auto api_key = head.fields.find(http::FieldName::x_api_key);
  const auto* key = keys_->verify(authorization, api_key, client.worker().clock().wall());
  if (key == nullptr) return unauthorized(authorization, api_key);
  const bool is_metrics = head.path == "/metrics";
  if (key->permissions.admin || (is_metrics && key->permissions.metrics)) return {};
  return permission_missing(is_metrics ? "metrics" : "admin", head.path, key->name);
}

net::Task<> Operations::answer_readiness(http::Connection& client, std::string_view request_id) {
  const auto readiness = readiness_();
  auto json = readiness_body(readiness, is_stopping_);
  if (is_verbose(client.head().query)) {
    json["endpoint_states"] = states(readiness.endpoints, *snapshot_, client.worker().now());
    json["queues"] = queue_states(queues_());
    json["configuration"] = state(configuration_, client.worker().clock().wall());
    json["keys"] = state(key_state_);
    json["certificate_failures"] = states(certificate_failures_());
  }
  const std::string body = text(json);
  co_await answer_json(client, readiness.ready() && !is_stopping_ ? 200 : 503, body, request_id);
}

net::Task<> Operations::answer_metrics(http::Connection& client, std::string_view request_id) {
  const auto format = format_for(client.head().fields.find("accept").value_or(""));
  observe::PrometheusText text(format);
  metrics_(text);
  write_metrics(text, configuration_);
  write_metrics(text, key_state_);
  const std::string body = text.take();
  const std::string fields = "x-request-id: " + std::string(request_id) + "\r\n";
  http::Answer answer;
  answer.content_type = content_type_of(format);
  answer.body = body;
  answer.fields = fields;
  co_await client.answer(answer);
}

net::Task<> Operations::explain(http::Connection& client, std::string_view request_id) {
  const auto snapshot = snapshot_;
  if (const auto key = query_parameter(client.head().query, "key")) {
    const auto keys = keys_;
    const auto text = explain_key_body(*keys, *snapshot, *key, access::Moment(client.worker().clock()));
    co_await answer_json(client, 200, text, request_id);
    co_return;
  }
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
