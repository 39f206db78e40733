#include "pointsman/api/router.hpp"

#include "pointsman/api/answers.hpp"
#include "pointsman/api/models.hpp"
#include "pointsman/api/query.hpp"
#include "pointsman/api/websocket.hpp"
#include "pointsman/http/websocket_handshake.hpp"

namespace pointsman::api {
namespace {

// The method for the log: one of ours, or a word for all others, so that no client chooses what stands there.
std::string_view known_method(std::string_view method) {
  for (const std::string_view each : {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}) {
    if (each == method) return each;
  }
  return "other";
}

// What a flag in a query says; nothing if that is neither yes nor no.
std::optional<bool> flag(std::string_view value) {
  if (value == "true" || value == "1") return true;
  if (value == "false" || value == "0") return false;
  return std::nullopt;
}

// What a client's key allows.
struct KeyPermission final : proxy::Permission {
  explicit KeyPermission(const config::Key* presented) : key(presented) {}
  bool covers(std::string_view model) const override { return key == nullptr || access::may_use(*key, model); }

  const config::Key* key;
};

}  // namespace

struct Router::Visit {
  RequestIds::Id id;
  std::chrono::steady_clock::time_point began = std::chrono::steady_clock::now();
  Match match;
  access::KeyRingPtr keys;
  const config::Key* key = nullptr;  // of these keys
  std::string model;
  std::string_view method;
  std::uint64_t bytes_in = 0;
  bool stream = false;
  proxy::Outcome outcome;  // what came of it, at an endpoint or here
};

net::Task<> Router::handle(http::Connection& client) {
  Visit visit;
  visit.id = ids_.next();
  visit.keys = keys_;
  visit.method = known_method(client.head().method);
  bool failed = false;
  try {
    co_await answer(client, visit);
  } catch (const std::exception& error) {
    failed = true;
    log_.write(observe::Level::error, "a request failed inside the gateway",
               {{"request_id", visit.id.text()}, {"cause", std::string_view(error.what())}});
  }
  if (failed) {
    if (client.answer_begun()) {
      client.abort();
    } else {
      co_await answer_error(client, visit, broken());
    }
  }
  record(visit);
}

net::Task<> Router::refuse(http::Connection& client, const http::Rejection& rejection) {
  Visit visit;
  visit.id = ids_.next();
  visit.outcome.cause = "refused_head";
  co_await answer_error(client, visit, refused_head(rejection));
  record(visit);
}

void Router::record(const Visit& visit) {
  observe::AccessRecord line;
  line.request_id = visit.id.text();
  line.method = visit.method;
  line.route = visit.match.route == nullptr ? "none" : visit.match.route->label;
  line.status = visit.outcome.status;
  if (visit.key != nullptr) line.key = visit.key->name;
  line.model = visit.model;
  line.endpoint = visit.outcome.endpoint;
  line.endpoint_request_id = visit.outcome.endpoint_request_id;
  line.cause = visit.outcome.cause;
  line.attempts = visit.outcome.attempts;
  line.fallback = visit.outcome.fallback;
  if (visit.outcome.failed_at) line.failed_at = *visit.outcome.failed_at;
  line.input_tokens = visit.outcome.usage.input.value_or(-1);
  line.output_tokens = visit.outcome.usage.output.value_or(-1);
  line.cached_tokens = visit.outcome.usage.cached.value_or(-1);
  line.reasoning_tokens = visit.outcome.usage.reasoning.value_or(-1);
  const auto duration =
      std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::steady_clock::now() - visit.began);
  line.duration_us = duration.count();
  line.queued = visit.outcome.queued;
  line.bytes_in = visit.bytes_in;
  line.bytes_out = visit.outcome.body_bytes;
  line.stream = visit.stream;
  access_log_.write(line);
  metrics_.count(visit.match.route, visit.outcome.status, duration, visit.bytes_in, visit.outcome.body_bytes);
}

net::Task<> Router::answer_error(http::Connection& client, Visit& visit, const http::ErrorAnswer& error) {
  visit.outcome.status = error.status;
  if (visit.outcome.cause.empty()) visit.outcome.cause = error.code.empty() ? error.type : error.code;
  const Route* route = visit.match.route;
  const bool forwards = route != nullptr && route->kind == RouteKind::forwarded;
  const auto dialect = forwards ? registry::row(route->api).dialect : http::Dialect::openai;
  co_await api::answer_error(client, error, dialect, visit.id.text());
}

net::Task<> Router::answer(http::Connection& client, Visit& visit) {
  const auto& head = client.head();
  visit.match = match(head.method, head.path, http::asks_for_websocket(head));
  const Route* route = visit.match.route;
  if (route != nullptr && route->kind == RouteKind::alive && visit.match.method_allowed) {
    visit.outcome.status = 200;
    co_await answer_json(client, 200, alive_body, visit.id.text());
    co_return;
  }
  visit.outcome.error = refused_at_the_door(client, visit);
  if (visit.outcome.error) {
    co_await answer_error(client, visit, *visit.outcome.error);
  } else if (route->kind == RouteKind::forwarded) {
    co_await forward(client, visit);
  } else if (route->kind == RouteKind::kept) {
    co_await forward_kept(client, visit);
  } else if (route->kind == RouteKind::websocket) {
    co_await relay_websocket(client, visit);
  } else {
    co_await answer_models(client, visit);
  }
}

// Nothing: the request may be read, and the visit knows its key.
Seldom<http::ErrorAnswer> Router::refused_at_the_door(http::Connection& client, Visit& visit) {
  const auto& head = client.head();
  const Route* route = visit.match.route;
  // What is under way comes first: it goes on, and is over the sooner.
  if (client.worker().lag().is_too_much()) return overloaded("The gateway has more to do than it can. Try again.");
  // A browser asks without a key whether it may come with one (CORS). No route takes OPTIONS, so it learns which
  // methods there are and nothing else.
  const bool asks_only = head.method == "OPTIONS";
  if (!visit.keys->open() && !asks_only) {
    const auto authorization = head.fields.find(http::FieldName::authorization);
    auto api_key = head.fields.find(http::FieldName::x_api_key);
    const bool is_websocket = route != nullptr && route->kind == RouteKind::websocket;
    if (is_websocket && !authorization && !api_key) api_key = http::offered_key(head);
    visit.key = visit.keys->verify(authorization, api_key);
    if (visit.key == nullptr) return unauthorized(authorization || api_key);
  }
  if (route == nullptr) return unknown_path(head.method, head.path);
  if (!visit.match.method_allowed) return method_not_allowed(head.method, head.path, route->allow);
  return {};
}

net::Task<> Router::answer_models(http::Connection& client, Visit& visit) {
  const auto written = query_parameter(client.head().query, "verbose");
  const auto verbose = written ? flag(*written) : false;
  if (!verbose) {
    co_await answer_error(client, visit,
                          bad_request("'verbose' in the query must be true or 1, or else false or 0.", "verbose"));
    co_return;
  }
  std::optional<WallTime> now;
  if (*verbose) now = client.worker().clock().wall();
  const auto snapshot = forwarder_.snapshot();
  const auto visible = [&](const registry::SnapshotModel& model) {
    return visit.key == nullptr || access::may_use(*visit.key, model.id);
  };
  std::string text;
  if (visit.match.route->kind == RouteKind::models) {
    ModelList list(*snapshot, visible, now);
    while (list.add_some()) co_await client.worker().end_of_turn();
    text = list.take();
  } else {
    const auto* model = snapshot->find(visit.match.parameter);
    if (model == nullptr || !visible(*model)) {
      co_await answer_error(client, visit, unknown_model_id(visit.match.parameter));
      co_return;
    }
    visit.model = model->id;
    text = model_body(*snapshot, *model, now);
  }
  visit.outcome.status = 200;
  visit.outcome.body_bytes = text.size();
  co_await answer_json(client, 200, text, visit.id.text());
}

// Nothing: the request may go on with its model.
Seldom<http::ErrorAnswer> Router::refused_for_its_model(const http::RequestHead& head, const Visit& visit,
                                                        const payload::RequestFields& fields) {
  if (visit.model.empty()) {
    return bad_request("The request names no model: set 'model' to one that GET /v1/models lists.", "model");
  }
  if (visit.key != nullptr && !access::may_use(*visit.key, visit.model)) {
    return model_not_allowed(visit.model, visit.key->name);
  }
  // Some servers let a model in the query win over the body's, and some read a form of any body: they all would find
  // the one that we found.
  const auto count = count_parameters(head.query, "model");
  if (count > 1 || (count == 1 && query_parameter(head.query, "model") != visit.model)) {
    return bad_request("The query names another model than the body. Name it in the body only.", "model");
  }
  if (visit.key == nullptr || visit.key->models.empty()) return {};
  if (fields.more_models) return more_models_not_allowed();
  const auto type = head.fields.find(http::FieldName::content_type).value_or("");
  const auto media_type = type.substr(0, type.find_first_of("; \t"));
  if (http::equal_ignoring_case(media_type, "application/x-www-form-urlencoded")) {
    return unsupported_type(head.path, "application/json");
  }
  return {};
}

// False: the client has been told what is wrong with its request, or has left.
net::Task<bool> Router::is_read(http::Connection& client, Visit& visit, const Reading& reading) {
  visit.bytes_in = reading.body.size();
  if (reading.refusal) co_await answer_error(client, visit, *reading.refusal);
  if (reading.client_left) {
    visit.outcome.cause = "client_left";
    client.cut();
  }
  co_return !reading.refusal && !reading.client_left;
}

net::Task<> Router::forward(http::Connection& client, Visit& visit) {
  const auto api = visit.match.route->api;
  Reading reading;
  co_await reader_.read(client, api, reading);
  if (!co_await is_read(client, visit, reading)) co_return;
  visit.model = reading.model.empty() ? forwarder_.snapshot()->default_models[api] : reading.model;
  visit.stream = reading.fields.stream;
  visit.outcome.error = refused_for_its_model(client.head(), visit, reading.fields);
  if (visit.outcome.error) {
    co_await answer_error(client, visit, *visit.outcome.error);
    co_return;
  }
  const auto key = visit.key == nullptr ? std::string_view() : visit.key->name;
  const KeyPermission permission(visit.key);
  const proxy::Request request{.api = api,
                               .body = reading.body,
                               .plain = reading.plain,
                               .fields = reading.fields,
                               .notation = reading.notation,
                               .model = visit.model,
                               .key = key,
                               .may_try_unknown = !visit.keys->is_shared(),
                               .request_id = visit.id.text(),
                               .permission = permission,
                               .priority = visit.key == nullptr ? 0 : visit.key->priority};
  co_await forwarder_.forward(client, request, visit.outcome);
  co_await conclude(client, visit);
}

net::Task<> Router::forward_kept(http::Connection& client, Visit& visit) {
  Reading reading;
  co_await RequestReader::read_body(client, reading);
  if (!co_await is_read(client, visit, reading)) co_return;
  const auto key = visit.key == nullptr ? std::string_view() : visit.key->name;
  const auto path = path_below_ours(client.head().path);
  const proxy::KeptRequest request{visit.match.route->api,   visit.match.parameter, path, reading.body, key,
                                   !visit.keys->is_shared(), visit.id.text()};
  visit.outcome = co_await forwarder_.forward_kept(client, request);
  co_await conclude(client, visit);
}

// Writes down how a request ended, and tells the client if the endpoint did not.
net::Task<> Router::conclude(http::Connection& client, Visit& visit) {
  auto& outcome = visit.outcome;
  metrics_.count(outcome.usage);
  const bool seems_left = outcome.cause == "client_left" || outcome.cause == name(ErrorCode::cancelled);
  if (seems_left) outcome.cause = client.worker().is_stopping() ? "gateway_stops" : "client_left";
  if (!outcome.detail.empty()) {
    log_.write(observe::Level::warning, "an endpoint failed a request",
               {{"request_id", visit.id.text()}, {"endpoint", outcome.endpoint}, {"cause", outcome.detail}});
  }
  if (outcome.error) {
    outcome.error->queued = outcome.queued;
    co_await answer_error(client, visit, *outcome.error);
  } else if (!client.answer_begun()) {
    client.cut();  // nobody is left to be told anything
  }
}

net::Task<> Router::relay_websocket(http::Connection& client, Visit& visit) {
  const auto api = visit.match.route->api;
  auto outcome =
      co_await answer_websocket(client, websockets_, api, visit.key, visit.keys->is_shared(), visit.id.text());
  visit.model = std::move(outcome.model);
  visit.bytes_in = outcome.bytes_in;
  visit.stream = outcome.status == 101;
  visit.outcome = std::move(outcome);
  co_await conclude(client, visit);
}

}  // namespace pointsman::api
