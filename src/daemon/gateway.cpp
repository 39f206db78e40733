#include "pointsman/daemon/gateway.hpp"

#include <algorithm>
#include <thread>

namespace pointsman::daemon {
namespace {

http::Limits limits_of(const config::Settings& settings) {
  http::Limits limits;
  limits.body = settings.limits.request_body;
  limits.half_close = settings.limits.half_close;
  return limits;
}

std::size_t worker_count(const config::Settings& settings) {
  return settings.workers != 0 ? settings.workers : std::max(1u, std::thread::hardware_concurrency());
}

}  // namespace

Gateway::Lane::Lane(std::size_t number, Gateway& gateway)
    : worker(std::make_unique<net::Worker>(number, gateway.clock_)),
      feedback(*worker, *gateway.control_worker_, *gateway.control_plane_),
      forwarder(std::make_unique<proxy::Forwarder>(*worker, gateway.limits_, metrics.client_leave(), feedback,
                                                   *gateway.owners_, gateway.waiting_room_, metrics.queue())),
      websockets(std::make_unique<proxy::WebSocketForwarder>(*forwarder, *worker, gateway.limits_, gateway.budget_,
                                                             metrics.websockets())),
      access_log(gateway.log_),
      router(std::make_unique<api::Router>(*forwarder, *websockets, gateway.keys_, gateway.log_, access_log, metrics)) {
  worker->every_tick([this] { access_log.flush(); });
}

Gateway::Gateway(config::Settings settings, const Clock& clock, observe::Log& log)
    : settings_(std::move(settings)),
      clock_(clock),
      log_(log),
      limits_(limits_of(settings_)),
      budget_(settings_.limits.buffered),
      keys_(settings_.access) {}

Gateway::~Gateway() { stop(); }

Result<bool> Gateway::start() {
  auto tls = net::make_tls_clients(settings_.endpoints);
  if (!tls) return tls.error();
  auto store = store::Store::open(settings_.store_path, clock_);
  if (!store) return store.error();
  store_ = std::move(*store);
  log_.write(observe::Level::info, "what is learned of the endpoints is kept", {{"store", settings_.store_path}});
  if (!store_->backup().empty()) {
    log_.write(observe::Level::info, "the database was migrated; a copy of how it was is kept",
               {{"copy", store_->backup()}});
  }

  control_worker_ = std::make_unique<net::Worker>(0, clock_);
  control_plane_ = std::make_unique<ControlPlane>(*control_worker_, settings_, std::move(*tls), *store_, log_,
                                                  [this](registry::SnapshotPtr snapshot) { publish(snapshot); });
  owner_archive_ = std::make_unique<OwnerArchive>(*control_worker_, *store_);
  owners_ = std::make_unique<ownership::Directory>(
      clock_, ownership::Directory::Bounds{settings_.ownership.lasts, settings_.ownership.in_memory}, *owner_archive_);
  for (std::size_t number = 1; number <= worker_count(settings_); ++number) {
    lanes_.push_back(std::make_unique<Lane>(number, *this));
  }
  operations_ =
      std::make_unique<api::Operations>([this] { return control_plane_->readiness(); }, [this] { return metrics(); });
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
    http::Connection::serve(worker, std::move(socket), std::move(tls), limits_, budget_,
                            *lanes_[worker.number() - 1]->router);
  };
  for (const auto& listener : settings_.listen) {
    const auto listening = listen(listener, workers, settings_.limits.connections, serve);
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
  auto listening = net::Acceptor::listen(listener.address, std::move(tls), std::move(workers), most_connections,
                                         std::move(on_connection));
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
  return api::metrics_text(workers);
}

void Gateway::publish(const registry::SnapshotPtr& snapshot) {
  operations_->use(snapshot);
  for (const auto& lane : lanes_) {
    lane->worker->post([this, forwarder = lane->forwarder.get(), snapshot] {
      control_worker_->post([freed_here = forwarder->use(snapshot)] {});
    });
  }
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
  for (std::size_t i = 0; i + 1 < acceptors_.size(); ++i) result.push_back(acceptors_[i]->address());
  return result;
}

std::string Gateway::operations_address() const { return acceptors_.back()->address(); }

}  // namespace pointsman::daemon
