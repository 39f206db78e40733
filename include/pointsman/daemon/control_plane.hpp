#pragma once

#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "pointsman/api/operations.hpp"
#include "pointsman/config/settings.hpp"
#include "pointsman/daemon/endpoint_metrics.hpp"
#include "pointsman/daemon/refresh.hpp"
#include "pointsman/net/tls_client.hpp"
#include "pointsman/net/worker.hpp"
#include "pointsman/observe/log.hpp"
#include "pointsman/probe/prober.hpp"
#include "pointsman/probe/schedule.hpp"
#include "pointsman/proxy/wanted.hpp"
#include "pointsman/registry/lesson.hpp"
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

  // What follows is for the control plane's worker only, once it runs.

  // What requests showed of an endpoint's health: that it could not be connected to, or that it answers again. Unknown
  // names are ignored.
  void fault(const std::string& endpoint);
  void success(const std::string& endpoint);

  // A request needs an endpoint that is down: it is probed at once, at most once in two seconds for that.
  void want(const std::string& endpoint);

  // An endpoint, or one of its models, failed so often that it is passed over for a while.
  void say_passed_over(const std::string& endpoint, const std::string& model);

  // What an answer showed of an API: known, stored and published at once, unless it is known already.
  void learn(registry::Lesson lesson);

  // A request names a model that nobody has: probes all endpoints at once, at most once in ten seconds. `done` is
  // called when those probes have ended and what they found is published, after two seconds at the latest; and at once
  // if the last refresh is over but was too short a time ago. While one is under way, others join it.
  void refresh_models(std::function<void()> done);

  // Takes over what the file says now. Endpoints that stayed keep what is known of them and their load; what is new or
  // changed is probed at once. Whether servers on this machine are looked for, and those that were found, as well.
  void configure(const config::Settings& settings, net::TlsClients tls);

  // After its worker has stopped: nobody waits for it any longer.
  void release_waiting();

  api::Readiness readiness() const;
  // How each endpoint is, and how old the snapshot.
  void write_metrics(observe::PrometheusText& text) const {
    write_endpoint_metrics(text, *snapshot_, probes_, worker_.now());
    write_snapshot_age(text, worker_.now() - published_);
  }
  const registry::KnownNames& known_names() const { return registry_.known_names(); }

 private:
  using Timer = net::asio::basic_waitable_timer<std::chrono::steady_clock,
                                                net::asio::wait_traits<std::chrono::steady_clock>, net::Executor>;

  net::Task<> keep_probing();
  net::Task<> keep_discovering();
  net::Task<> look_at(std::string name);
  net::Task<> probe(const std::string& name);
  net::Task<> resolve(config::Endpoint endpoint);
  net::Task<> keep_pruning();
  std::vector<std::string> names() const;
  void take_in(const std::string& name, const probe::Findings& findings, bool in_full);
  void note(const std::string& name, const registry::Learned& before, const registry::Learned& after);
  void say(const std::string& name, const registry::Learned& learned);
  const config::Endpoint* find(const std::string& name) const;
  void forget(const std::string& name);
  void discover();
  void probe_soon(const std::string& name);
  void end_refresh();
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
  std::vector<config::Endpoint> found_;  // of those, what was found on this machine
  std::map<std::string, std::string> defaults_;
  registry::Rules rules_;
  registry::Registry registry_;
  probe::Schedule schedule_;
  std::map<std::string, WallTime> routes_asked_;
  std::set<std::string> to_examine_in_full_;
  Refresh refresh_;
  proxy::Wanted wanted_;
  std::vector<std::function<void()>> wait_for_refresh_;
  std::set<std::string> resolving_;   // the endpoints whose names are being looked up
  std::set<std::string> unresolved_;  // of which the log has said that they are where they were
  MonotonicTime began_ = worker_.now();
  std::map<std::string, MonotonicTime> health_since_;  // absent: since it began
  std::set<std::string> said_;                         // the endpoints of which the log has said how they are
  ProbeRecords probes_;
  registry::SnapshotPtr snapshot_;
  Timer due_;
  Timer next_discovery_;
  Timer next_pruning_;
  Timer refresh_ends_;
  Timer next_publication_;
  MonotonicTime published_{};
  bool publishing_ = false;
  bool discovering_ = false;
};

}  // namespace pointsman::daemon
