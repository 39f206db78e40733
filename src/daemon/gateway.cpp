#include "pointsman/daemon/gateway.hpp"

#include <algorithm>
#include <future>
#include <thread>

#include "pointsman/daemon/process_metrics.hpp"

namespace pointsman::daemon {
namespace {

http::Limits limits_of(const config::Settings& settings) {
  http::Limits limits;
  limits.body = settings.limits.request_body;
  limits.half_close = settings.limits.half_close;
  return limits;
}

// Connections over the limit that are open at a time.
constexpr std::size_t most_turned_away = 256;
// One for each worker: were they shared, so would be the counting of their references.
access::KeyRingPtr keys_of(const config::Settings& settings) {
  return std::make_shared<const access::KeyRing>(settings.access);
}

// Of an endpoint's health.
constexpr std::size_t changes_shown = 20;

std::size_t worker_count(const config::Settings& settings) {
  return settings.workers != 0 ? settings.workers : std::max(1u, std::thread::hardware_concurrency());
}

// From another thread; returns when it is done.
template <class Action>
void run_on(net::Worker& worker, const Action& action) {
  std::promise<void> done;
  worker.post([&] {
    action();
    done.set_value();
  });
  done.get_future().wait();
}

}  // namespace

Gateway::Lane::Lane(std::size_t number, Gateway& gateway)
    : worker(std::make_unique<net::Worker>(number, gateway.clock_)),
      limits(limits_of(gateway.settings_)),
      most_connections(gateway.settings_.limits.connections),
      feedback(*worker, *gateway.control_worker_, *gateway.control_plane_),
      forwarder(std::make_unique<proxy::Forwarder>(*worker, limits, metrics.client_leave(), metrics.attempts(),
                                                   feedback, *gateway.owners_, gateway.waiting_room_, metrics.queue())),
      websockets(std::make_unique<proxy::WebSocketForwarder>(*forwarder, *worker, limits, gateway.budget_,
                                                             metrics.websockets())),
      access_log(gateway.log_),
      router(std::make_unique<api::Router>(*forwarder, *websockets, keys_of(gateway.settings_), gateway.log_,
                                           access_log, metrics)),
      turn_away(access_log, metrics) {
  worker->every_tick([this] { access_log.flush(); });
  pulse.follow(*worker);
}

void Gateway::Pulse::follow(net::Worker& worker) {
  worker.every_tick([this, &worker] { last_ = worker.now(); });
}

Gateway::Gateway(config::Settings settings, const Clock& clock, observe::Log& log, HandedSockets handed)
    : settings_(std::move(settings)),
      clock_(clock),
      log_(log),
      limits_(limits_of(settings_)),
      budget_(settings_.limits.buffered),
      handed_(std::move(handed)),
      store_watch_(log) {}

Gateway::~Gateway() { stop(); }

Result<bool> Gateway::start() {
  auto tls = net::make_tls_clients(settings_.endpoints);
  if (!tls) return tls.error();
  auto store = store::Store::open(settings_.store_path, clock_);
  if (!store) return store.error();
  store_ = std::move(*store);
  tell_opening(*store_, settings_.store_path, log_);

  control_worker_ = std::make_unique<net::Worker>(0, clock_);
  control_worker_->every_tick([this] { store_watch_.look(store_->condition()); });
  control_pulse_.follow(*control_worker_);
  control_plane_ = std::make_unique<ControlPlane>(*control_worker_, settings_, std::move(*tls), *store_, log_,
                                                  [this](registry::SnapshotPtr snapshot) { publish(snapshot); });
  owner_archive_ = std::make_unique<OwnerArchive>(*control_worker_, *store_);
  owners_ = std::make_unique<ownership::Directory>(
      clock_, ownership::Directory::Bounds{settings_.ownership.lasts, settings_.ownership.in_memory}, *owner_archive_);
  for (std::size_t number = 1; number <= worker_count(settings_); ++number) {
    lanes_.push_back(std::make_unique<Lane>(number, *this));
  }
  operations_ = std::make_unique<api::Operations>(
      [this] { return control_plane_->readiness(); }, [this] { return metrics(); },
      [this](const std::string& endpoint) { return store_->health_changes(endpoint, changes_shown); });
  if (const auto listening = listen(); !listening) return listening.error();

  control_plane_->restore();
  control_plane_->start();
  for (const auto& acceptor : acceptors_) acceptor->start();
  control_worker_->start();
  for (const auto& lane : lanes_) lane->worker->start();
  running_ = true;
  for (const auto& address : addresses()) {
    log_.write(observe::Level::info, "listening", {{"listener", "main"}, {"address", address}});
  }
  log_.write(observe::Level::info, "listening", {{"listener", "operations"}, {"address", operations_address()}});
  return true;
}

Result<void> Gateway::listen() {
  std::vector<net::Worker*> workers;
  for (const auto& lane : lanes_) workers.push_back(lane->worker.get());
  const auto serve = [this](net::Worker& worker, net::Socket socket, std::optional<net::TlsServer> tls) {
    auto& lane = *lanes_[worker.number() - 1];
    std::size_t connections = 0;
    for (const auto& each : lanes_) connections += each->worker->connections().load();
    http::Handler& handler =
        connections > lane.most_connections ? static_cast<http::Handler&>(lane.turn_away) : *lane.router;
    http::Connection::serve(worker, std::move(socket), std::move(tls), lane.limits, budget_, handler);
  };
  // Those over the limit are told so; where even they are too many, nobody is.
  for (const auto& listener : settings_.listen) {
    const auto listening = listen(listener, workers, settings_.limits.connections + most_turned_away, serve);
    if (!listening) return listening.error();
  }
  constexpr std::size_t most_operations_connections = 256;
  return listen(settings_.operations, {control_worker_.get()}, most_operations_connections,
                [this](net::Worker& worker, net::Socket socket, std::optional<net::TlsServer> tls) {
                  http::Connection::serve(worker, std::move(socket), std::move(tls), limits_, budget_, *operations_);
                });
}

Result<void> Gateway::listen(const config::Listener& listener, std::vector<net::Worker*> workers,
                             std::size_t most_connections, net::Acceptor::OnConnection on_connection) {
  const auto unusable = [&](const Error& error) {
    return Error{error.code, error.origin, false, "the listener " + listener.address.text() + ": " + error.message};
  };
  std::optional<config::Identity> identity;
  std::optional<net::TlsServer> tls;
  if (listener.tls) {
    auto read = config::read_identity(*listener.tls);
    if (!read) return unusable(read.error());
    auto made = net::TlsServer::create(*read);
    if (!made) return unusable(made.error());
    identity = std::move(*read);
    tls = std::move(*made);
  }
  auto listening = net::Acceptor::listen(listener.address, handed_.find(listener.address), std::move(tls),
                                         std::move(workers), most_connections, std::move(on_connection));
  if (!listening) return listening.error();
  auto& acceptor = *acceptors_.emplace_back(std::move(*listening));
  if (identity) {
    renewals_.push_back(std::make_unique<net::CertificateRenewal>(
        *control_worker_, log_, acceptor.address(), *listener.tls, std::move(*identity),
        [&acceptor](net::TlsServer renewed) { acceptor.use(std::move(renewed)); }));
  }
  return {};
}

std::string Gateway::metrics() const {
  std::vector<const api::RequestMetrics*> workers;
  for (const auto& lane : lanes_) workers.push_back(&lane->metrics);
  std::vector<net::Worker*> with_lag{control_worker_.get()};
  for (const auto& lane : lanes_) with_lag.push_back(lane->worker.get());
  return api::metrics_text(workers) + process_metrics(with_lag, store_->condition());
}

void Gateway::publish(const registry::SnapshotPtr& snapshot) {
  operations_->use(snapshot);
  for (const auto& lane : lanes_) {
    lane->worker->post([this, forwarder = lane->forwarder.get(), snapshot] {
      control_worker_->post([freed_here = forwarder->use(snapshot)] {});
    });
  }
}

Result<void> Gateway::reload(const config::Settings& settings) {
  auto tls = net::make_tls_clients(settings.endpoints);
  if (!tls) return tls.error();
  settings_ = settings;
  budget_.set_limit(settings.limits.buffered);
  for (const auto& acceptor : listeners()) acceptor->allow(settings.limits.connections + most_turned_away);
  // The snapshot is posted to the workers before what follows it.
  run_on(*control_worker_, [&] { control_plane_->configure(settings, std::move(*tls)); });
  for (const auto& lane : lanes_) {
    run_on(*lane->worker, [&] {
      lane->limits = limits_of(settings);
      lane->most_connections = settings.limits.connections;
      lane->router->use(keys_of(settings));
    });
  }
  return {};
}

void Gateway::use(api::ConfigurationState state) {
  control_worker_->post([this, state = std::move(state)]() mutable { operations_->use(std::move(state)); });
}

void Gateway::stop_being_ready() {
  run_on(*control_worker_, [this] { operations_->stop_being_ready(); });
}

void Gateway::drain() {
  for (const auto& acceptor : listeners()) acceptor->close();
  for (const auto& lane : lanes_) {
    run_on(*lane->worker, [&] {
      lane->router->close_connections();
      lane->websockets->drain();
    });
  }
}

std::size_t Gateway::connections() const {
  std::size_t count = 0;
  for (const auto& lane : lanes_) count += lane->worker->connections();
  return count;
}

bool Gateway::is_alive(Milliseconds within) const {
  const auto earliest = clock_.monotonic() - within;
  return control_pulse_.last() >= earliest &&
         std::all_of(lanes_.begin(), lanes_.end(), [&](const auto& lane) { return lane->pulse.last() >= earliest; });
}

std::span<const std::unique_ptr<net::Acceptor>> Gateway::listeners() const {
  return std::span(acceptors_).first(acceptors_.size() - 1);
}

void Gateway::stop() {
  if (!std::exchange(running_, false)) return;
  for (const auto& acceptor : acceptors_) acceptor->close();
  control_worker_->stop();
  control_plane_->release_waiting();
  for (const auto& lane : lanes_) {
    lane->worker->post([websockets = lane->websockets.get()] { websockets->drain(); });
    lane->worker->stop();
  }
  store_->flush();
  log_.write(observe::Level::info, "stopped");
}

std::vector<std::string> Gateway::addresses() const {
  std::vector<std::string> result;
  for (const auto& acceptor : listeners()) result.push_back(acceptor->address());
  return result;
}

std::string Gateway::operations_address() const { return acceptors_.back()->address(); }

}  // namespace pointsman::daemon
