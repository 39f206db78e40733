#pragma once

#include <functional>
#include <string>

#include "pointsman/api/operations.hpp"
#include "pointsman/config/settings.hpp"
#include "pointsman/net/tls_client.hpp"
#include "pointsman/net/worker.hpp"
#include "pointsman/observe/log.hpp"
#include "pointsman/probe/prober.hpp"
#include "pointsman/probe/schedule.hpp"
#include "pointsman/registry/registry.hpp"
#include "pointsman/store/store.hpp"

namespace pointsman::daemon {

// Keeps what is known of the endpoints current: resolves their names, probes them when they are due, tells the store
// and publishes a new snapshot when something changed. Lives on the control plane's worker; if it failed altogether,
// the data plane would go on with the last snapshot.
class ControlPlane {
 public:
  using Publish = std::function<void(registry::SnapshotPtr)>;

  ControlPlane(net::Worker& worker, const config::Settings& settings, net::TlsClients tls, store::Store& store,
               observe::Log& log, Publish publish);

  // Before the workers start: takes over what earlier runs learned and publishes it, so that a restarted gateway serves
  // at once.
  void restore();

  // Begins to resolve and to probe, and to look for servers on this machine if the settings say so.
  void start();

  api::Readiness readiness() const;

 private:
  using Timer = net::asio::basic_waitable_timer<std::chrono::steady_clock,
                                                net::asio::wait_traits<std::chrono::steady_clock>, net::Executor>;

  net::Task<> keep_probing();
  net::Task<> keep_discovering();
  net::Task<> look_at(std::string name);
  net::Task<> probe(const std::string& name);
  net::Task<> resolve(const config::Endpoint& endpoint);
  void take_in(const std::string& name, const probe::Findings& findings);
  void publish_soon();
  void publish();
  bool has_endpoint_at(std::uint16_t port) const;
  bool add(const config::Endpoint& found);

  net::Worker& worker_;
  net::TlsClients tls_;
  store::Store& store_;
  observe::Log& log_;
  Publish publish_;
  config::Probe settings_;
  std::vector<config::Endpoint> endpoints_;
  std::map<std::string, std::string> defaults_;
  registry::Registry registry_;
  probe::Schedule schedule_;
  std::map<std::string, WallTime> routes_asked_;
  std::map<std::string, registry::Health> said_;  // what the log said last of each endpoint
  registry::SnapshotPtr snapshot_;
  Timer due_;
  Timer next_discovery_;
  bool publishing_ = false;
};

}  // namespace pointsman::daemon
