#pragma once

#include <atomic>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "pointsman/access/failed_attempts.hpp"
#include "pointsman/access/key_ring.hpp"
#include "pointsman/access/late_settlements.hpp"
#include "pointsman/access/quotas.hpp"
#include "pointsman/api/operations.hpp"
#include "pointsman/api/router.hpp"
#include "pointsman/api/turn_away.hpp"
#include "pointsman/base/clock.hpp"
#include "pointsman/base/error.hpp"
#include "pointsman/config/settings.hpp"
#include "pointsman/daemon/control_link.hpp"
#include "pointsman/daemon/control_plane.hpp"
#include "pointsman/daemon/handed_sockets.hpp"
#include "pointsman/daemon/log_watch.hpp"
#include "pointsman/daemon/owner_archive.hpp"
#include "pointsman/daemon/store_watch.hpp"
#include "pointsman/http/limits.hpp"
#include "pointsman/ledger/ledger.hpp"
#include "pointsman/net/acceptor.hpp"
#include "pointsman/net/budget.hpp"
#include "pointsman/net/certificate_renewal.hpp"
#include "pointsman/net/handshake_failures.hpp"
#include "pointsman/observe/access_log.hpp"
#include "pointsman/observe/log.hpp"
#include "pointsman/observe/prometheus_text.hpp"
#include "pointsman/ownership/directory.hpp"
#include "pointsman/proxy/forwarder.hpp"
#include "pointsman/proxy/waiting_room.hpp"
#include "pointsman/store/kept_key.hpp"
#include "pointsman/store/store.hpp"
#include "pointsman/traces/exporter.hpp"
#include "pointsman/traces/tracer.hpp"

namespace pointsman::daemon {

// The composition root: makes every part, connects them, starts and stops them in order. Used from one thread.
class Gateway {
 public:
  // Takes the sockets that were handed in for its listeners.
  // `access_log` takes the access lines; it may be `log`.
  Gateway(config::Settings settings, const Clock& clock, observe::Log& log, observe::Log& access_log,
          HandedSockets handed = {});
  Gateway(config::Settings settings, const Clock& clock, observe::Log& log, HandedSockets handed = {})
      : Gateway(std::move(settings), clock, log, log, std::move(handed)) {}
  ~Gateway();

  // Before start(): that there were keys, and now are none, is on purpose.
  void forget_keys() { forgets_keys_ = true; }

  // Opens the store and the listeners and begins to serve; refuses if the keys that there were are lost. An Error says
  // what to do, and nothing runs then.
  Result<bool> start();

  // Takes over all of the settings that can change while it runs, which the caller sees to (changes.hpp). Requests
  // under way go on as they began. When it returns, every worker goes by the new ones; after an Error, by the old ones.
  Result<void> reload(const config::Settings& settings);
  // The logs' files are opened anew.
  void reopen_logs();
  // The keys of the database, beside those of the settings: before start(), or while it runs. When it returns, every
  // worker goes by them.
  void use(std::vector<store::KeptKey> keys);
  // What operators are told of the file and of the keys.
  void use(api::ConfigurationState state);
  void use(api::KeyState state);

  // /readyz fails from now on.
  void stop_being_ready();
  // Takes no new connections; those that there are end with their next answer. Operators are still answered.
  void drain();
  // How many clients there are.
  std::size_t connections() const;
  // Closes the listeners, ends all connections and joins all threads.
  void stop();

  // Every worker has done something within this time.
  bool is_alive(Milliseconds within) const;

  // Where it listens, with the ports that the kernel chose.
  std::vector<std::string> addresses() const;
  std::string operations_address() const;

 private:
  // When a worker did something last.
  class Pulse {
   public:
    void follow(net::Worker& worker);
    MonotonicTime last() const { return last_; }

   private:
    std::atomic<MonotonicTime> last_{};
  };

  // A data-plane worker and what lives on it.
  struct Lane {
    Lane(std::size_t number, Gateway& gateway);
    std::unique_ptr<net::Worker> worker;
    Pulse pulse;
    http::Limits limits;  // changed on its worker only
    std::size_t most_connections;
    api::RequestMetrics metrics;
    ControlLink feedback;
    std::unique_ptr<proxy::Forwarder> forwarder;
    std::unique_ptr<proxy::WebSocketForwarder> websockets;
    observe::AccessLog access_log;
    ledger::Recorder recorder;
    traces::Tracer tracer;
    std::unique_ptr<api::Router> router;
    api::TurnAway turn_away;
  };

  Result<void> listen();
  Result<void> listen(const config::Listener& listener, std::vector<net::Worker*> workers, std::size_t most_connections,
                      net::Acceptor::OnConnection on_connection);
  std::span<const std::unique_ptr<net::Acceptor>> listeners() const;
  Result<void> check_keys();
  Result<void> open_ledger();
  Result<void> make_exporter();
  void prune_ledger();
  void tell_start() const;
  void write_metrics(observe::PrometheusText& text) const;
  void publish(const registry::SnapshotPtr& snapshot);
  access::KeyRing make_ring();
  access::KeyRingPtr ring() { return std::make_shared<const access::KeyRing>(make_ring()); }
  void publish_keys();

  config::Settings settings_;
  std::vector<store::KeptKey> kept_keys_;
  access::Quotas quotas_;
  access::FailedAttempts failed_attempts_;
  access::LateSettlements late_settlements_;
  bool forgets_keys_ = false;
  const Clock& clock_;
  const WallTime created_ = clock_.wall();
  observe::Log& log_;
  observe::Log& access_log_;
  http::Limits limits_;  // of the operations listener
  net::HandshakeFailures handshake_failures_;
  net::Budget budget_;
  HandedSockets handed_;
  StoreWatch store_watch_;
  std::unique_ptr<store::Store> store_;
  StoreWatch ledger_watch_;
  LogWatch log_watch_;
  std::unique_ptr<ledger::Ledger> ledger_;  // nullptr: none is kept
  MonotonicTime next_prune_{};
  traces::Backlog spans_;
  std::unique_ptr<traces::Exporter> exporter_;  // nullptr: no traces are exported
  std::unique_ptr<net::Worker> control_worker_;
  Pulse control_pulse_;
  std::unique_ptr<ControlPlane> control_plane_;
  std::unique_ptr<OwnerArchive> owner_archive_;
  std::unique_ptr<ownership::Directory> owners_;
  proxy::WaitingRoom waiting_room_;
  std::vector<std::unique_ptr<Lane>> lanes_;
  std::unique_ptr<api::Operations> operations_;
  std::vector<std::unique_ptr<net::Acceptor>> acceptors_;  // the last one is the operations listener
  std::vector<std::unique_ptr<net::CertificateRenewal>> renewals_;
  bool running_ = false;
};

}  // namespace pointsman::daemon
