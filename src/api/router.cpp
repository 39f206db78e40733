#include "pointsman/api/router.hpp"

#include "pointsman/api/answers.hpp"
#include "pointsman/api/openapi.hpp"
#include "pointsman/api/query.hpp"
#include "pointsman/api/rate_limit.hpp"
#include "pointsman/api/websocket.hpp"
#include "pointsman/http/websocket_handshake.hpp"
#include "pointsman/proxy/pause.hpp"
#include "router_visit.hpp"

namespace pointsman::api {
namespace {

// The method for the log: one of ours, or a word for all others, so that no client chooses what stands there.
std::string_view known_method(std::string_view method) {
  for (const std::string_view each : {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}) {
    if (each == method) return each;
  }
  return "other";
}

bool is_of_an_api(const Route& route) {
  return route.kind == RouteKind::forwarded || route.kind == RouteKind::kept || route.kind == RouteKind::websocket;
}

// What a client's key allows.
struct KeyPermission final : proxy::Permission {
  explicit KeyPermission(const config::Key* presented) : key(presented) {}
  bool covers(std::string_view model) const override { return key == nullptr || access::may_use(*key, model); }

  const config::Key* key;
};

// As the table of APIs calls it; empty: the route is none of theirs.
std::string_view api_of(const Route* route) { return route == nullptr ? "" : api_name(*route); }

// A response that was made before, whole.
bool fetches_response(const Match& match, std::string_view method) {
  return match.route->label == "/v1/responses/{id}" && method == "GET";
}

std::int64_t microseconds(std::chrono::steady_clock::duration duration) {
  return std::chrono::duration_cast<std::chrono::microseconds>(duration).count();
}

}  // namespace

net::Task<> Router::handle(http::Connection& client) {
  Visit visit;
  visit.id = ids_.next();
  visit.keys = keys_;
  visit.method = known_method(client.head().method);
  visit.trace = tracer_.begin(client.head().fields);
  bool failed = false;
  try {
    co_await answer(client, visit);
  } catch (const std::exception& error) {
    failed = true;
    log_.write(observe::Level::error, "a request failed inside the gateway",
               {{"request_id", visit.id.text()},
                {"endpoint", visit.outcome.endpoint},
                {"cause", std::string_view(error.what())}});
  }
  if (failed) {
    if (client.answer_begun()) {
      visit.outcome.cause = broken().code;
      client.abort();
    } else {
      co_await answer_error(client, visit, broken());
    }
  }
  record(client, visit);
}

net::Task<> Router::refuse(http::Connection& client, const http::Rejection& rejection) {
  Visit visit;
  visit.id = ids_.next();
  visit.keys = keys_;
  visit.outcome.cause = "refused_head";
  visit.trace = tracer_.begin(client.head().fields);
  co_await answer_error(client, visit, refused_head(rejection));
  record(client, visit);
}

void Router::record(http::Connection& client, const Visit& visit) {
  const auto& outcome = visit.outcome;
  const auto ending = observe::ending_of(outcome.cause, outcome.status, !outcome.endpoint.empty());
  observe::AccessRecord line;
  line.time = client.worker().clock().wall();
  line.request_id = visit.id.text();
  line.method = visit.method;
  line.route = visit.match.route == nullptr ? "none" : visit.match.route->label;
  line.status = outcome.status;
  line.api = api_of(visit.match.route);
  line.key = visit.key_name;
  line.model = visit.model;
  if (outcome.endpoint.empty()) line.is_known_model = forwarder_.snapshot()->find(visit.model) != nullptr;
  if (!outcome.endpoint.empty()) line.served_model = outcome.served_model ? *outcome.served_model : visit.model;
  line.endpoint = outcome.endpoint;
  line.endpoint_request_id = outcome.endpoint_request_id;
  line.cause = outcome.cause;
  line.ended = ending.ended;
  line.origin = ending.origin;
  line.attempts = outcome.attempts;
  line.fallback = proxy::fallback_of(outcome);
  if (outcome.failed_at) line.failed_at = *outcome.failed_at;
  line.input_tokens = outcome.usage.input.value_or(-1);
  line.output_tokens = outcome.usage.output.value_or(-1);
  line.cached_tokens = outcome.usage.cached.value_or(-1);
  line.reasoning_tokens = outcome.usage.reasoning.value_or(-1);
  const auto duration = std::chrono::steady_clock::now() - visit.began;
  line.duration_us = microseconds(duration);
  if (client.answer_begun()) line.first_byte_us = microseconds(client.answer_began() - visit.began);
  line.queued = outcome.queued;
  line.bytes_in = visit.bytes_in;
  line.bytes_out = outcome.body_bytes;
  line.stream = visit.stream;
  line.background = visit.background;
  if (visit.background == observe::Background::fetched) line.background_id = visit.match.parameter;
  if (outcome.background_id) {
    line.background = observe::Background::begun;
    line.background_id = *outcome.background_id;
  }
  if (visit.trace) line.trace_id = visit.trace->id();
  access_log_.write(line);
  // Who only asks whether we live, or what there is, wants nothing of anybody.
  if (visit.match.route == nullptr || !is_for_all(*visit.match.route)) {
    recorder_.add(line);
    const bool is_known = visit.key != nullptr || visit.keys->open();
    if (visit.trace && !is_known) tracer_.distrust(*visit.trace);
    if (visit.trace) tracer_.end(*visit.trace, line, visit.began, client.is_encrypted() ? "https" : "http");
  }
  const EndedRequest ended{.route = visit.match.route,
                           .status = outcome.status,
                           .duration = std::chrono::microseconds(line.duration_us),
                           .first_byte = std::chrono::microseconds(line.first_byte_us.value_or(-1)),
                           .bytes_in = visit.bytes_in,
                           .bytes_out = outcome.body_bytes,
                           .model = outcome.model_number,
                           .endpoint = outcome.endpoint_number};
  metrics_.count(ended);
  metrics_.count_overhead(outcome.overhead);
  const bool is_forwarded = visit.match.route != nullptr && visit.match.route->kind == RouteKind::forwarded;
  if (is_forwarded && outcome.cause.empty() && outcome.status / 100 == 2) {
    metrics_.count_generation(ended, visit.began, outcome);
  }
}

net::Task<> Router::answer_error(http::Connection& client, Visit& visit, const http::ErrorAnswer& error) {
  visit.outcome.status = error.status;
  if (visit.outcome.cause.empty()) visit.outcome.cause = error.code.empty() ? error.type : error.code;
  const Route* route = visit.match.route;
  const bool forwards = route != nullptr && route->kind == RouteKind::forwarded;
  const auto dialect = forwards ? registry::row(route->api).dialect : http::Dialect::openai;
  std::optional<http::ErrorAnswer> told;
  if (visit.decision) told = with_decision(error, visit);
  visit.outcome.body_bytes = co_await api::answer_error(client, told ? *told : error, dialect, visit.id.text());
}

net::Task<> Router::answer(http::Connection& client, Visit& visit) {
  const auto& head = client.head();
  visit.match = match(head.method, head.path, http::asks_for_websocket(head));
  const Route* route = visit.match.route;
  if (route != nullptr && is_for_all(*route) && visit.match.method_allowed) {
    const auto body = route->kind == RouteKind::alive ? alive_body : openapi_document(Listener::clients);
    visit.outcome.status = 200;
    visit.outcome.body_bytes = co_await answer_json(client, 200, body, visit.id.text());
    co_return;
  }
  visit.outcome.error = refused_at_the_door(client, visit);
  if (head.fields.asks_for_debug()) heed_debug(client, visit);
  const auto wait = pause_after_failure(client, visit);
  if (wait > Milliseconds(0) && !co_await proxy::pause(client, wait)) {
    visit.outcome.error.reset();
    visit.outcome.cause = "client_left";
    client.cut();
  } else if (visit.outcome.error) {
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
    const auto now = client.worker().clock().wall();
    visit.key = visit.keys->verify(authorization, api_key, now);
    if (visit.key == nullptr) {
      const auto refused = visit.keys->why_refused(authorization, api_key, now);
      visit.key_name = refused.key;
      visit.outcome.cause = refused.cause;
      visit.has_wrong_key = authorization || api_key;
      metrics_.count_unauthorized(visit.has_wrong_key);
      return unauthorized(authorization, api_key);
    }
    visit.key_name = visit.key->name;
  }
  if (route == nullptr) return unknown_path(head.method, head.path, meant_path(head.path));
  if (!visit.match.method_allowed) return method_not_allowed(head.method, head.path, route->allow);
  if (visit.key != nullptr && is_of_an_api(*route)) {
    const auto api = registry::row(route->api).name;
    if (!access::may_use_api(*visit.key, api)) return api_not_allowed(api, visit.key->name);
  }
  return {};
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
  proxy::Decision::Wait wait(decision_of(visit));
  co_await reader_.read(client, api, reading);
  wait.end(end_of(reading));
  if (!co_await is_read(client, visit, reading)) co_return;
  visit.model = reading.model.empty() ? forwarder_.snapshot()->default_models[api] : reading.model;
  visit.stream = reading.fields.stream;
  visit.outcome.error = refused_for_its_model(client.head(), visit, reading.fields);
  if (!visit.outcome.error) {
    visit.outcome.error = refused_by_limits(
        client, visit, {.model = visit.model, .tokens = estimated_tokens(reading.plain.size(), reading.fields)});
  }
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
                               .priority = visit.key == nullptr ? 0 : visit.key->priority,
                               .rate_limits = rate_limits_of(visit),
                               .read_at = reading.body_came,
                               .decision = decision_of(visit),
                               .trace = visit.trace.get()};
  co_await forwarder_.forward(client, request, visit.outcome);
  settle(client, visit);
  co_await conclude(client, visit);
}

net::Task<> Router::forward_kept(http::Connection& client, Visit& visit) {
  Reading reading;
  proxy::Decision::Wait wait(decision_of(visit));
  co_await RequestReader::read_body(client, reading);
  wait.end(end_of(reading));
  if (!co_await is_read(client, visit, reading)) co_return;
  const auto key = visit.key == nullptr ? std::string_view() : visit.key->name;
  visit.outcome.error = refused_by_limits(client, visit, {});
  if (visit.outcome.error) {
    co_await answer_error(client, visit, *visit.outcome.error);
    co_return;
  }
  const auto path = path_below_ours(client.head().path);
  if (fetches_response(visit.match, visit.method)) visit.background = observe::Background::fetched;
  const proxy::KeptRequest request{.api = visit.match.route->api,
                                   .id = visit.match.parameter,
                                   .path = path,
                                   .body = reading.body,
                                   .key = key,
                                   .may_try_unknown = !visit.keys->is_shared(),
                                   .request_id = visit.id.text(),
                                   .rate_limits = rate_limits_of(visit),
                                   .reads_usage = visit.background == observe::Background::fetched,
                                   .decision = decision_of(visit),
                                   .trace = visit.trace.get()};
  visit.outcome = co_await forwarder_.forward_kept(client, request);
  settle_fetched(client, visit);
  co_await conclude(client, visit);
}

// Writes down how a request ended, and tells the client if the endpoint did not.
net::Task<> Router::conclude(http::Connection& client, Visit& visit) {
  auto& outcome = visit.outcome;
  // Of a WebSocket connection the responses were counted as they ended.
  const bool is_websocket = visit.match.route->kind == RouteKind::websocket;
  if (visit.background != observe::Background::fetched && !is_websocket) metrics_.count(outcome.usage);
  const bool seems_left = outcome.cause == "client_left" || outcome.cause == name(ErrorCode::cancelled);
  if (seems_left) outcome.cause = client.worker().is_stopping() ? "gateway_stops" : "client_left";
  if (outcome.detail) {
    log_.write(observe::Level::warning, "an endpoint failed a request",
               {{"request_id", visit.id.text()}, {"endpoint", outcome.endpoint}, {"cause", *outcome.detail}});
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
  // Of Responses each message is a request, of Realtime the connection.
  const bool is_realtime = api == registry::Api::realtime;
  std::string model;
  if (is_realtime) {
    model = query_parameter(client.head().query, "model").value_or(websockets_.snapshot()->default_models[api]);
  }
  visit.outcome.error = refused_by_limits(client, visit, {.model = model, .requests = is_realtime ? 1u : 0u});
  if (visit.outcome.error) {
    co_await answer_error(client, visit, *visit.outcome.error);
    co_return;
  }
  const WebSocketVisitor visitor{.key = visit.key,
                                 .is_shared = visit.keys->is_shared(),
                                 .ring = keys_,
                                 .allowance = visit.admission ? &visit.admission->allowance : nullptr,
                                 .request_id = visit.id.text(),
                                 .trace = visit.trace.get(),
                                 .metrics = metrics_};
  auto outcome = co_await answer_websocket(client, websockets_, api, visitor);
  if (visit.admission) visit.admission->allowance.give_back();
  visit.model = std::move(outcome.model);
  visit.bytes_in = outcome.bytes_in;
  visit.stream = outcome.status == 101;
  visit.outcome = std::move(outcome);
  co_await conclude(client, visit);
}

}  // namespace pointsman::api
