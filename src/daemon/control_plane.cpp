#include "pointsman/daemon/control_plane.hpp"

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <random>

#include "pointsman/net/resolver.hpp"
#include "pointsman/probe/discovery.hpp"

namespace pointsman::daemon {
namespace {

// What a probe found is worth publishing and storing if more than its time changed.
bool same_knowledge(registry::Learned before, const registry::Learned& after) {
  before.probed_at = after.probed_at;
  return before == after;
}

std::string model_count(const registry::Learned& learned) {
  return std::to_string(learned.models.size()) + (learned.models.size() == 1 ? " model" : " models");
}

}  // namespace

ControlPlane::ControlPlane(net::Worker& worker, const config::Settings& settings, net::TlsClients tls,
                           store::Store& store, observe::Log& log, Publish publish)
    : worker_(worker),
      tls_(std::move(tls)),
      store_(store),
      log_(log),
      publish_(std::move(publish)),
      settings_(settings.probe),
      endpoints_(settings.endpoints),
      defaults_(settings.defaults),
      schedule_(settings.probe.interval, std::random_device()()),
      due_(worker.executor()),
      next_discovery_(worker.executor()) {}

void ControlPlane::restore() {
  registry_.configure(endpoints_, defaults_);
  for (auto& [name, learned] : store_.learned(endpoints_)) registry_.restore(name, std::move(learned));
  for (const auto& endpoint : endpoints_) registry_.resolved(endpoint.name, net::literal_address(endpoint.url));
  for (const auto& [name, tls] : tls_) registry_.secured(name, tls);
  store_.sync(endpoints_);
  publish();
}

void ControlPlane::start() {
  for (const auto& endpoint : endpoints_) {
    net::asio::co_spawn(worker_.executor(), resolve(endpoint), net::asio::detached);
  }
  net::asio::co_spawn(worker_.executor(), keep_probing(), net::asio::detached);
  if (settings_.discover) net::asio::co_spawn(worker_.executor(), keep_discovering(), net::asio::detached);
}

net::Task<> ControlPlane::keep_probing() {
  std::vector<std::string> names;
  for (const auto& endpoint : endpoints_) names.push_back(endpoint.name);
  schedule_.set_endpoints(names, worker_.now());
  for (;;) {
    for (auto& name : schedule_.begin_due(worker_.now())) {
      net::asio::co_spawn(worker_.executor(), look_at(std::move(name)), net::asio::detached);
    }
    // Nothing is due while all are being probed; whoever changes that cancels the wait.
    due_.expires_at(schedule_.next().value_or(worker_.now() + std::chrono::hours(1)));
    co_await due_.async_wait(net::use_task_tuple);
  }
}

net::Task<> ControlPlane::look_at(std::string name) {
  try {
    co_await probe(name);
  } catch (const std::exception& error) {
    log_.write(observe::Level::error, "probing an endpoint failed inside the gateway",
               {{"endpoint", name}, {"cause", std::string_view(error.what())}});
  }
  schedule_.finished(name, worker_.now());
  due_.cancel();
}

net::Task<> ControlPlane::probe(const std::string& name) {
  const auto found =
      std::find_if(endpoints_.begin(), endpoints_.end(), [&](const auto& each) { return each.name == name; });
  if (found == endpoints_.end()) co_return;
  const config::Endpoint endpoint = *found;
  co_await resolve(endpoint);
  probe::Target target;
  target.url = endpoint.url;
  target.api_key = endpoint.api_key;
  target.timeout = settings_.timeout;
  if (const auto tls = tls_.find(name); tls != tls_.end()) target.tls = tls->second;
  probe::Known known;
  if (const auto* learned = registry_.learned(name)) {
    known.server_type = learned->server_type;
    known.version = learned->version;
    known.models = learned->models;
    known.routes = learned->routes;
  }
  known.routes_asked = routes_asked_[name];
  const auto findings = co_await probe::probe(std::move(target), std::move(known), worker_.clock());
  take_in(name, findings);
}

net::Task<> ControlPlane::resolve(const config::Endpoint& endpoint) {
  const std::string name = endpoint.name;
  auto addresses = co_await net::resolve(worker_.executor(), endpoint.url);
  // A name that does not resolve is reported by the probe; what it led to before may still be right.
  if (addresses && registry_.resolved(name, std::move(*addresses))) publish_soon();
}

void ControlPlane::take_in(const std::string& name, const probe::Findings& findings) {
  if (findings.routes_asked != WallTime{}) routes_asked_[name] = findings.routes_asked;
  const auto* known = registry_.learned(name);
  if (known == nullptr) return;
  const auto before = *known;
  const auto* after = registry_.apply(name, findings.report);
  if (!same_knowledge(before, *after)) {
    store_.save(name, *after);
    publish_soon();
  }
  const auto [said, is_first] = said_.try_emplace(name, after->health);
  if (!is_first && said->second == after->health) return;
  said->second = after->health;
  if (after->health == registry::Health::up) {
    log_.write(observe::Level::info, "an endpoint is up",
               {{"endpoint", name},
                {"server", after->server_type},
                {"version", after->version},
                {"serves", model_count(*after)}});
  } else {
    log_.write(observe::Level::warning, "an endpoint is not up",
               {{"endpoint", name}, {"health", registry::name(after->health)}, {"cause", after->detail}});
  }
}

net::Task<> ControlPlane::keep_discovering() {
  for (bool first = true;; first = false) {
    // What is an endpoint already is looked at when it is due: some servers stop a stream when they are asked.
    std::vector<std::uint16_t> ports;
    for (const auto& each : probe::well_known_ports()) {
      if (!has_endpoint_at(each.port)) ports.push_back(each.port);
    }
    const auto all = co_await probe::discover(ports, std::min(settings_.timeout, Milliseconds(2'000)), worker_.clock());
    std::vector<config::Endpoint> added;
    for (const auto& each : all) {
      if (!add(each.endpoint)) continue;
      added.push_back(endpoints_.back());
      log_.write(
          observe::Level::info, "found a server on this machine",
          {{"endpoint", added.back().name}, {"url", added.back().url.text()}, {"server", each.report.server_type}});
    }
    if (!added.empty()) {
      registry_.configure(endpoints_, defaults_);
      store_.sync(endpoints_);
      std::vector<std::string> names;
      for (const auto& endpoint : endpoints_) names.push_back(endpoint.name);
      schedule_.set_endpoints(names, worker_.now());
      due_.cancel();
      const std::string yaml = probe::as_yaml(added);
      log_.write(observe::Level::info,
                 "to keep what was found, write this into a file and start with --config FILE:\n" + yaml);
    } else if (first && endpoints_.empty()) {
      std::string looked;
      for (const auto& each : probe::well_known_ports()) {
        looked += (looked.empty() ? "" : ", ") + std::string(each.usual_server) + " on " + std::to_string(each.port);
      }
      log_.write(observe::Level::warning,
                 "no server was found on this machine; start one, or name your endpoints in a file (--config FILE)",
                 {{"looked_for", looked}});
    }
    next_discovery_.expires_after(settings_.interval);
    co_await next_discovery_.async_wait(net::use_task_tuple);
  }
}

bool ControlPlane::has_endpoint_at(std::uint16_t port) const {
  return std::any_of(endpoints_.begin(), endpoints_.end(), [&](const config::Endpoint& each) {
    const bool is_this_machine = each.url.host == "127.0.0.1" || each.url.host == "localhost" || each.url.host == "::1";
    return is_this_machine && each.url.port == port;
  });
}

bool ControlPlane::add(const config::Endpoint& found) {
  const auto is_same_place = [&](const auto& each) { return each.url == found.url; };
  if (std::any_of(endpoints_.begin(), endpoints_.end(), is_same_place)) return false;
  config::Endpoint endpoint = found;
  const auto is_taken = [&](const std::string& name) {
    return std::any_of(endpoints_.begin(), endpoints_.end(), [&](const auto& each) { return each.name == name; });
  };
  for (int number = 2; is_taken(endpoint.name); ++number) endpoint.name = found.name + "-" + std::to_string(number);
  endpoints_.push_back(std::move(endpoint));
  return true;
}

void ControlPlane::publish_soon() {
  if (std::exchange(publishing_, true)) return;
  worker_.post([this] { publish(); });
}

void ControlPlane::publish() {
  publishing_ = false;
  snapshot_ = registry_.build();
  publish_(snapshot_);
}

api::Readiness ControlPlane::readiness() const {
  api::Readiness readiness;
  readiness.endpoints = snapshot_->endpoints.size();
  for (const auto& endpoint : snapshot_->endpoints) readiness.endpoints_up += endpoint.is_up() ? 1 : 0;
  for (const auto& model : snapshot_->models) readiness.models_ready += model.ready ? 1 : 0;
  return readiness;
}

}  // namespace pointsman::daemon
