#include "pointsman/daemon/control_plane.hpp"

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <random>
#include <utility>

#include "pointsman/net/resolver.hpp"
#include "pointsman/registry/merging.hpp"

namespace pointsman::daemon {
namespace {

using registry::Health;

// While an endpoint is going down or coming up.
constexpr Milliseconds soon{1'000};

// A snapshot is built of everything, and after a start hundreds of endpoints become known one by one.
constexpr Milliseconds between_publications{50};

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
      rules_{settings.routing, settings.models, settings.queue},
      registry_({settings.probe.failures, settings.probe.successes}),
      schedule_(settings.probe.interval, std::random_device()()),
      due_(worker.executor()),
      next_discovery_(worker.executor()),
      next_pruning_(worker.executor()),
      refresh_ends_(worker.executor()),
      next_publication_(worker.executor()) {}

void ControlPlane::restore() {
  registry_.configure(endpoints_, defaults_);
  registry_.configure(std::move(rules_));
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
  net::asio::co_spawn(worker_.executor(), keep_pruning(), net::asio::detached);
  discover();
}

void ControlPlane::configure(const config::Settings& settings, net::TlsClients tls) {
  const auto before = std::exchange(endpoints_, settings.endpoints);
  const auto found = std::exchange(found_, {});
  settings_ = settings.probe;
  defaults_ = settings.defaults;
  tls_ = std::move(tls);
  if (settings_.discover) std::for_each(found.begin(), found.end(), [&](const auto& each) { add(each); });

  registry_.configure(registry::Patience{settings_.failures, settings_.successes});
  registry_.configure(endpoints_, defaults_);
  registry_.configure(registry::Rules{settings.routing, settings.models, settings.queue});
  for (const auto& [name, client] : tls_) registry_.secured(name, client);
  store_.sync(endpoints_);
  schedule_.set_interval(settings_.interval, worker_.now());
  schedule_.set_endpoints(names(), worker_.now());
  for (const auto& old : before) {
    const auto* now = find(old.name);
    if (now != nullptr && *now == old) continue;
    if (now == nullptr || now->url != old.url) forget(old.name);
    if (now == nullptr) continue;
    to_examine_in_full_.insert(old.name);
    schedule_.hurry(old.name, worker_.now());
  }
  for (const auto& endpoint : endpoints_) {
    if (auto address = net::literal_address(endpoint.url); !address.empty()) {
      registry_.resolved(endpoint.name, std::move(address));
    }
  }
  due_.cancel();
  discover();
  publish();
}

const config::Endpoint* ControlPlane::find(const std::string& name) const {
  const auto found =
      std::find_if(endpoints_.begin(), endpoints_.end(), [&](const auto& each) { return each.name == name; });
  return found == endpoints_.end() ? nullptr : &*found;
}

// It is gone, or another one has its name.
void ControlPlane::forget(const std::string& name) {
  said_.erase(name);
  health_since_.erase(name);
  routes_asked_.erase(name);
  to_examine_in_full_.erase(name);
}

net::Task<> ControlPlane::keep_probing() {
  schedule_.set_endpoints(names(), worker_.now());
  for (;;) {
    for (auto& name : schedule_.begin_due(worker_.now())) {
      net::asio::co_spawn(worker_.executor(), look_at(std::move(name)), net::asio::detached);
    }
    // Nothing is due while all are being probed; whoever changes that cancels the wait.
    due_.expires_at(schedule_.next().value_or(worker_.now() + std::chrono::hours(1)));
    co_await due_.async_wait(net::use_task_tuple);
  }
}

net::Task<> ControlPlane::keep_pruning() {
  for (;;) {
    store_.prune(worker_.clock().wall());
    next_pruning_.expires_after(std::chrono::hours(24));
    co_await next_pruning_.async_wait(net::use_task_tuple);
  }
}

std::vector<std::string> ControlPlane::names() const {
  std::vector<std::string> result;
  for (const auto& endpoint : endpoints_) result.push_back(endpoint.name);
  return result;
}

net::Task<> ControlPlane::look_at(std::string name) {
  refresh_.probe_began(name);
  try {
    co_await probe(name);
  } catch (const std::exception& error) {
    log_.write(observe::Level::error, "probing an endpoint failed inside the gateway",
               {{"endpoint", name}, {"cause", std::string_view(error.what())}});
  }
  schedule_.finished(name, worker_.now());
  if (registry_.is_in_doubt(name)) schedule_.hurry(name, worker_.now() + std::min(soon, settings_.interval));
  due_.cancel();
  refresh_.probe_ended(name);
  if (refresh_.is_over()) end_refresh();
}

net::Task<> ControlPlane::probe(const std::string& name) {
  const auto* found = find(name);
  if (found == nullptr) co_return;
  const config::Endpoint endpoint = *found;
  probe::Target target;
  // Where its name led before is where requests go while it is looked up again, which may fail and take long.
  net::asio::co_spawn(worker_.executor(), resolve(endpoint), net::asio::detached);
  target.addresses = registry_.addresses(name);
  target.url = endpoint.url;
  target.api_key = endpoint.api_key;
  target.api_key_header = endpoint.api_key_header;
  target.timeout = settings_.timeout;
  if (const auto tls = tls_.find(name); tls != tls_.end()) target.tls = tls->second;
  probe::Known known;
  const auto learned = registry_.learned(name);
  // What comes back after it was down may be anything.
  const bool in_full = to_examine_in_full_.erase(name) > 0 || learned == nullptr || learned->health == Health::down;
  if (!in_full) {
    known.server_type = learned->server_type;
    known.version = learned->version;
    known.models = learned->models;
    known.routes = learned->routes;
    known.routes_asked = routes_asked_[name];
  }
  const auto findings = co_await probe::probe(std::move(target), std::move(known), worker_.clock());
  // What was found of an endpoint that has changed meanwhile says nothing of the one that there is now.
  if (const auto* now = find(name); now != nullptr && *now == endpoint) take_in(name, findings, in_full);
}

net::Task<> ControlPlane::resolve(config::Endpoint endpoint) {
  const std::string name = endpoint.name;
  if (!resolving_.insert(name).second) co_return;
  Result<registry::Registry::Addresses> addresses = Error{};
  try {
    addresses = co_await net::resolve(worker_.executor(), endpoint.url);
  } catch (const std::exception& error) {  // no thread to resolve it, for one
    addresses = Error{ErrorCode::internal, Origin::ourselves, true, error.what()};
  }
  resolving_.erase(name);
  if (addresses) {
    if (unresolved_.erase(name) > 0) {
      log_.write(observe::Level::info, "the name of an endpoint resolves again", {{"endpoint", name}});
    }
    if (registry_.resolved(name, std::move(*addresses))) publish_soon();
  } else if (!registry_.addresses(name).empty() && unresolved_.insert(name).second) {
    // One that never resolved is reported by its probe.
    log_.write(observe::Level::warning, "the name of an endpoint does not resolve; it stays where it was",
               {{"endpoint", name}, {"host", endpoint.url.host}, {"cause", addresses.error().message}});
  }
}

void ControlPlane::take_in(const std::string& name, const probe::Findings& findings, bool in_full) {
  if (findings.routes_asked != WallTime{}) routes_asked_[name] = findings.routes_asked;
  const auto before = registry_.learned(name);
  if (before == nullptr) return;
  probes_[name].note(findings.report.health, worker_.now());
  if (!in_full && registry::leaves_open(*before, findings.report)) {
    to_examine_in_full_.insert(name);
    schedule_.hurry(name, worker_.now());
  }
  const auto after = registry_.apply(name, findings.report);
  note(name, *before, *after);
  if (!said_.contains(name)) say(name, *after);
}

void ControlPlane::note(const std::string& name, const registry::Learned& before, const registry::Learned& after) {
  const bool is_known = registry::same_knowledge(before, after);
  if (!is_known) store_.save(name, after);
  if (!is_known || !registry::same_loaded(before, after)) publish_soon();
  if (before.health == after.health) return;
  health_since_[name] = worker_.now();
  store_.add(name, {before.health, after.health, after.detail, worker_.clock().wall()});
  say(name, after);
}

void ControlPlane::say(const std::string& name, const registry::Learned& learned) {
  said_.insert(name);
  if (learned.health == Health::up) {
    log_.write(observe::Level::info, "an endpoint is up",
               {{"endpoint", name},
                {"server", learned.server_type},
                {"version", learned.version},
                {"serves", model_count(learned)}});
  } else {
    log_.write(observe::Level::warning, "an endpoint is not up",
               {{"endpoint", name}, {"health", registry::name(learned.health)}, {"cause", learned.detail}});
  }
}

void ControlPlane::fault(const std::string& endpoint) {
  const auto before = registry_.learned(endpoint);
  const auto after = registry_.fault(endpoint);
  if (after == nullptr) return;
  note(endpoint, *before, *after);
  probe_soon(endpoint);
}

void ControlPlane::say_passed_over(const std::string& endpoint, const std::string& model) {
  log_.write(observe::Level::warning, "an endpoint failed requests in a row, and is passed over for a while",
             {{"endpoint", endpoint}, {"model", model.empty() ? std::string_view("any") : std::string_view(model)}});
}

void ControlPlane::success(const std::string& endpoint) { registry_.success(endpoint); }

void ControlPlane::learn(registry::Lesson lesson) {
  // Words of an endpoint, which people will see.
  lesson.evidence = probe::excerpt(lesson.evidence, 200);
  const auto before = registry_.learned(lesson.endpoint);
  const auto after = registry_.learn(lesson, worker_.clock().wall());
  if (after == nullptr) return;
  note(lesson.endpoint, *before, *after);
  log_.write(observe::Level::info, "an answer showed whether an endpoint has an API",
             {{"endpoint", lesson.endpoint},
              {"api", registry::row(lesson.api).name},
              {"model", lesson.of_route ? std::string_view("any") : std::string_view(lesson.model)},
              {"verdict", registry::name(lesson.verdict)},
              {"evidence", lesson.evidence}});
}

void ControlPlane::probe_soon(const std::string& name) {
  if (schedule_.hurry(name, worker_.now() + std::min(soon, settings_.interval))) due_.cancel();
}

void ControlPlane::want(const std::string& endpoint) {
  const auto learned = registry_.learned(endpoint);
  if (learned == nullptr || learned->health != Health::down) return;
  if (wanted_.ask(endpoint, worker_.now()) && schedule_.hurry(endpoint, worker_.now())) due_.cancel();
}

void ControlPlane::refresh_models(std::function<void()> done) {
  const auto admission = refresh_.ask(names(), worker_.now());
  if (admission == Refresh::Admission::refused) return done();
  wait_for_refresh_.push_back(std::move(done));
  if (admission == Refresh::Admission::joined) return;

  for (const auto& endpoint : endpoints_) schedule_.hurry(endpoint.name, worker_.now());
  due_.cancel();
  refresh_ends_.expires_after(Refresh::lasts_at_most);
  refresh_ends_.async_wait([this](boost::system::error_code failure) {
    if (!failure && refresh_.is_under_way()) end_refresh();
  });
  if (refresh_.is_over()) end_refresh();
}

void ControlPlane::end_refresh() {
  refresh_.end();
  refresh_ends_.cancel();
  if (publishing_) publish();
  for (const auto& done : std::exchange(wait_for_refresh_, {})) done();
}

void ControlPlane::release_waiting() {
  for (const auto& done : std::exchange(wait_for_refresh_, {})) done();
}

void ControlPlane::publish_soon() {
  if (std::exchange(publishing_, true)) return;
  next_publication_.expires_at(std::max(published_ + between_publications, worker_.now()));
  next_publication_.async_wait([this](boost::system::error_code failure) {
    if (!failure && publishing_) publish();
  });
}

void ControlPlane::publish() {
  publishing_ = false;
  snapshot_ = registry_.build();
  published_ = worker_.now();
  publish_(snapshot_);
}

api::Readiness ControlPlane::readiness() const {
  api::Readiness readiness;
  for (const auto& endpoint : snapshot_->endpoints) {
    readiness.endpoints_up += endpoint.is_up() ? 1 : 0;
    const auto since = health_since_.find(endpoint.name);
    const auto holds = worker_.now() - (since == health_since_.end() ? began_ : since->second);
    readiness.endpoints.push_back({endpoint.name, endpoint.health, endpoint.learned ? endpoint.learned->detail : "",
                                   std::chrono::duration_cast<std::chrono::seconds>(holds)});
  }
  for (const auto& model : snapshot_->models) readiness.models_ready += model.ready ? 1 : 0;
  return readiness;
}

}  // namespace pointsman::daemon
