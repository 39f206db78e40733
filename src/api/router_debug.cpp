// The part of the Router that knows who may ask how a request is routed (x-pointsman-debug), and what it is told.
#include <netinet/in.h>

#include <cstring>

#include "pointsman/routing/explanation.hpp"
#include "router_visit.hpp"

namespace pointsman::api {
namespace {

bool is_loopback(const sockaddr& address) {
  if (address.sa_family == AF_INET) {
    sockaddr_in v4{};
    std::memcpy(&v4, &address, sizeof v4);
    return ntohl(v4.sin_addr.s_addr) >> 24 == IN_LOOPBACKNET;
  }
  if (address.sa_family != AF_INET6) return false;
  sockaddr_in6 v6{};
  std::memcpy(&v6, &address, sizeof v6);
  const auto& bytes = v6.sin6_addr.s6_addr;
  return IN6_IS_ADDR_LOOPBACK(&v6.sin6_addr) || (IN6_IS_ADDR_V4MAPPED(&v6.sin6_addr) && bytes[12] == IN_LOOPBACKNET);
}

// Behind a proxy on this machine everybody comes from this machine.
bool is_on_behalf(const http::Fields& fields) {
  return fields.find("forwarded") || fields.find("x-forwarded-for") || fields.find("via");
}

bool has_model(routing::Part::Kind kind) {
  return kind != routing::Part::Kind::model_not_listed && kind != routing::Part::Kind::model_left_out;
}

}  // namespace

// Of a client that asks. While there are no keys, those on this machine may.
void Router::heed_debug(http::Connection& client, Visit& visit) {
  const Route* route = visit.match.route;
  // Of what goes over WebSocket no answer has a head.
  if (route == nullptr || route->kind == RouteKind::websocket) return;
  const auto peer = client.peer();
  const bool may_ask = visit.key != nullptr
                           ? visit.key->debug
                           : visit.keys->open() && is_loopback(*peer.data()) && !is_on_behalf(client.head().fields);
  if (may_ask) visit.decision = proxy::Decision(visit.began);
}

// nullptr: nobody is told.
proxy::Decision* Router::decision_of(Visit& visit) { return visit.decision ? &*visit.decision : nullptr; }

// With why no endpoint's answer is the client's.
http::ErrorAnswer Router::with_decision(const http::ErrorAnswer& error, Visit& visit) {
  tell_refusal(visit);
  auto told = error;
  told.fields += visit.decision->fields(std::chrono::steady_clock::now());
  return told;
}

void Router::tell_refusal(Visit& visit) {
  auto& decision = *visit.decision;
  const auto& outcome = visit.outcome;
  if (outcome.attempts != 0) {
    decision.add(proxy::failure_in_words(outcome));
    return;
  }
  if (outcome.queued) decision.add("waited " + std::to_string(outcome.queued->count()) + " ms for a place");
  decision.add("refused: " + std::string(outcome.cause));
  const bool is_routed = visit.match.route->kind == RouteKind::forwarded && !visit.model.empty();
  const bool may_use = visit.key == nullptr || access::may_use(*visit.key, visit.model);
  if (!is_routed || !may_use) return;
  // Nor is who else there is, for whoever may use some models only.
  const bool is_limited = visit.key != nullptr && !visit.key->models.empty();
  const auto snapshot = forwarder_.snapshot();
  for (const auto& part : routing::explain(*snapshot, visit.model, visit.match.route->api).not_tried) {
    if (is_limited && !has_model(part.kind)) continue;
    decision.add("not " + snapshot->endpoints[part.endpoint].name + ": " + part.why);
  }
}

}  // namespace pointsman::api
