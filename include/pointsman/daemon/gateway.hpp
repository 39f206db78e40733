#pragma once

#include <atomic>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "pointsman/access/key_ring.hpp"
#include "pointsman/api/operations.hpp"
#include "pointsman/api/router.hpp"
#include "pointsman/api/turn_away.hpp"
#include "pointsman/base/clock.hpp"
#include "pointsman/base/error.hpp"
#include "pointsman/config/settings.hpp"
#include "pointsman/daemon/control_link.hpp"
#include "pointsman/daemon/control_plane.hpp"
#include "pointsman/daemon/handed_sockets.hpp"
#include "pointsman/daemon/owner_archive.hpp"
#include "pointsman/daemon/store_watch.hpp"
#include "pointsman/http/limits.hpp"
#include "pointsman/net/acceptor.hpp"
#include "pointsman/net/budget.hpp"
#include "pointsman/net/certificate_renewal.hpp"
#include "pointsman/observe/access_log.hpp"
#include "pointsman/observe/log.hpp"
#include "pointsman/ownership/directory.hpp"
#include "pointsman/proxy/forwarder.hpp"
#include "pointsman/proxy/waiting_room.hpp"
#include "pointsman/store/store.hpp"

namespace pointsman::daemon {

// The composition root: makes every part, connects them, starts and stops them in order. Used from one thread.
class Gateway {
 public:
  // Takes the sockets that were handed in for its listeners.
  Gateway(config::Settings settings, const Clock& clock, observe::Log& log, HandedSockets handed = {});
  ~Gateway();

  // Opens the store and the listeners and begins to serve; an Error says what to do, and nothing runs then.
  Result<bool> start();

  // Takes over all of the settings that can change while it runs, which the caller sees to (changes.hpp). Requests
  // under way go on as they began. When it returns, every worker goes by the new ones; after an Error, by the old ones.
  Result<void> reload(const config::Settings& settings);
  // What operators are told of the file.
  void use(api::ConfigurationState state);

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
    std::unique_ptr<api::Router> router;
    api::TurnAway turn_away;
  };

  Result<void> listen();
  Result<void> listen(const config::Listener& listener, std::vector<net::Worker*> workers, std::size_t most_connections,
                      net::Acceptor::OnConnection on_connection);
  std::span<const std::unique_ptr<net::Acceptor>> listeners() const;
  std::string metrics() const;
  void publish(const registry::SnapshotPtr& snapshot);

  config::Settings settings_;
  const Clock& clock_;
  observe::Log& log_;
  http::Limits limits_;  // of the operations listener
  net::Budget budget_;
  HandedSockets handed_;
  StoreWatch store_watch_;
  std::unique_ptr<store::Store> store_;
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
