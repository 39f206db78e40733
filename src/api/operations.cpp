#include "pointsman/api/operations.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "pointsman/api/answers.hpp"
#include "pointsman/api/explain.hpp"

namespace pointsman::api {
namespace {

constexpr std::string_view paths[] = {"/healthz", "/readyz", "/metrics", "/explain"};

std::string readiness_body(const Readiness& readiness) {
  nlohmann::ordered_json json{{"status", readiness.ready() ? "ready" : "not_ready"},
                              {"endpoints", readiness.endpoints},
                              {"endpoints_up", readiness.endpoints_up},
                              {"models_ready", readiness.models_ready}};
  if (readiness.endpoints == 0) {
    json["reason"] = "no endpoint is configured or was found";
  } else if (!readiness.ready()) {
    json["reason"] = "no endpoint is up; the log says why for each";
  }
  return json.dump();
}

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
  } else if (head.path == "/explain") {
    co_await explain(client, id.text());
  } else if (head.path == "/metrics") {
    const std::string text = metrics_();
    http::Answer answer;
    answer.content_type = "text/plain; version=0.0.4; charset=utf-8";
    answer.body = text;
    const std::string fields = "x-request-id: " + std::string(id.text()) + "\r\n";
    answer.fields = fields;
    co_await client.answer(answer);
  } else {
    const auto readiness = readiness_();
    const std::string body = readiness_body(readiness);
    co_await answer_json(client, readiness.ready() ? 200 : 503, body, id.text());
  }
}

net::Task<> Operations::explain(http::Connection& client, std::string_view request_id) {
  const auto snapshot = snapshot_;
  const auto body = explain_body(*snapshot, client.head().query);
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
