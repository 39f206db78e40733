#include "pointsman/daemon/gateway.hpp"

#include <algorithm>
#include <thread>

namespace pointsman::daemon {
namespace {

http::Limits limits_of(const config::Settings& settings) {
  http::Limits limits;
  limits.body = settings.limits.request_body;
  return limits;
}

std::size_t worker_count(const config::Settings& settings) {
  return settings.workers != 0 ? settings.workers : std::max(1u, std::thread::hardware_concurrency());
}

}  // namespace

Gateway::Lane::Lane(std::size_t number, const Gateway& gateway)
    : worker(std::make_unique<net::Worker>(number, gateway.clock_)),
      forwarder(std::make_unique<proxy::Forwarder>(*worker, *gateway.tls_, gateway.limits_,
                                                   gateway.settings_.routing.attempts)),
      router(std::make_unique<api::Router>(*forwarder, gateway.keys_, gateway.log_)) {}

Gateway::Gateway(config::Settings settings, const Clock& clock, observe::Log& log)
    : settings_(std::move(settings)),
      clock_(clock),
      log_(log),
      limits_(limits_of(settings_)),
      keys_(settings_.access) {}

Gateway::~Gateway() { stop(); }

Result<bool> Gateway::start() {
  auto tls = net::TlsClient::create();
  if (!tls) return tls.error();
  tls_ = std::make_unique<net::TlsClient>(std::move(*tls));
  auto store = store::Store::open(settings_.store_path, clock_);
  if (!store) return store.error();
  store_ = std::move(*store);
  log_.write(observe::Level::info, "what is learned of the endpoints is kept", {{"store", settings_.store_path}});
  if (!store_->backup().empty()) {
    log_.write(observe::Level::info, "the database was migrated; a copy of how it was is kept",
               {{"copy", store_->backup()}});
  }

  control_worker_ = std::make_unique<net::Worker>(0, clock_);
  for (std::size_t number = 1; number <= worker_count(settings_); ++number) {
    lanes_.push_back(std::make_unique<Lane>(number, *this));
  }
  control_plane_ = std::make_unique<ControlPlane>(*control_worker_, settings_, *tls_, *store_, log_,
                                                  [this](registry::SnapshotPtr snapshot) { publish(snapshot); });
  operations_ = std::make_unique<api::Operations>([this] { return control_plane_->readiness(); });
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

Result<bool> Gateway::listen() {
  std::vector<net::Worker*> workers;
  for (const auto& lane : lanes_) workers.push_back(lane->worker.get());
  const auto serve = [this](net::Worker& worker, net::Socket socket) {
    http::Connection::serve(worker, std::move(socket), limits_, *lanes_[worker.number() - 1]->router);
  };
  for (const auto& address : settings_.listen) {
    auto acceptor = net::Acceptor::listen(address, workers, settings_.limits.connections, serve);
    if (!acceptor) return acceptor.error();
    acceptors_.push_back(std::move(*acceptor));
  }
  constexpr std::size_t most_operations_connections = 256;
  auto acceptor = net::Acceptor::listen(settings_.operations, {control_worker_.get()}, most_operations_connections,
                                        [this](net::Worker& worker, net::Socket socket) {
                                          http::Connection::serve(worker, std::move(socket), limits_, *operations_);
                                        });
  if (!acceptor) return acceptor.error();
  acceptors_.push_back(std::move(*acceptor));
  return true;
}

void Gateway::publish(const registry::SnapshotPtr& snapshot) {
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
  for (const auto& lane : lanes_) lane->worker->stop();
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
