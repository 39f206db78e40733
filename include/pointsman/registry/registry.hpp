#pragma once

#include <boost/asio/generic/stream_protocol.hpp>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "pointsman/config/settings.hpp"
#include "pointsman/registry/health.hpp"
#include "pointsman/registry/known_names.hpp"
#include "pointsman/registry/learned.hpp"
#include "pointsman/registry/lesson.hpp"
#include "pointsman/registry/snapshot.hpp"
#include "pointsman/registry/snapshot_builder.hpp"
#include "pointsman/registry/verdict.hpp"

namespace pointsman::registry {

// Everything that is known of the endpoints: what the operator configured and what the prober learned. It takes in what
// is new without forgetting what is old, and builds the snapshots. No I/O; lives on the control plane's thread and is
// not safe from others.
class Registry {
 public:
  using Addresses = std::vector<boost::asio::generic::stream_protocol::endpoint>;

  explicit Registry(Patience patience = {}) : patience_(patience) {}

  // Takes the endpoints of the configuration, whose names differ. What was learned of an endpoint stays while its URL
  // stays; the load counters stay while its name stays.
  void configure(const std::vector<config::Endpoint>& endpoints, const std::map<std::string, std::string>& defaults);
  void configure(Patience patience);
  void configure(Rules rules) { rules_ = std::make_shared<Rules>(std::move(rules)); }

  // What an earlier run learned; ignored for an endpoint that is not configured. Health is taken over as well, so that
  // a restarted gateway serves before its first probe.
  void restore(std::string_view endpoint, Learned learned);

  // Takes in what the prober found, as merging.hpp says; its health counts as one probe (health.hpp). Returns what is
  // known now; nullptr if the endpoint is gone.
  LearnedPtr apply(std::string_view endpoint, ProbeReport report);

  // A request to an endpoint met no answer. Returns what is known now; nullptr if that tells nothing.
  LearnedPtr fault(std::string_view endpoint);

  // A request to an endpoint was answered.
  void success(std::string_view endpoint);

  // An endpoint fails but is not down yet, or answers but is not up yet: the next probe decides.
  bool is_in_doubt(std::string_view endpoint) const;

  // Takes in what an answer showed. Returns what is known now; nullptr if it says nothing new.
  LearnedPtr learn(const Lesson& lesson, WallTime at);

  // How TLS is spoken to an endpoint; one with an https:// URL cannot be connected to before. Ignored for an endpoint
  // that is not configured.
  void secured(std::string_view endpoint, net::TlsClient tls);

  // Where an endpoint's name leads now; ignored for an endpoint that is not configured. True: that is news.
  bool resolved(std::string_view endpoint, Addresses addresses);
  // Where it leads; empty: that is not known, or there is no such endpoint.
  Addresses addresses(std::string_view endpoint) const;

  const std::vector<config::Endpoint>& endpoints() const { return endpoints_; }
  LearnedPtr learned(std::string_view endpoint) const;  // nullptr if there is no such endpoint

  // Each has a higher number than the one before.
  SnapshotPtr build();

  // Of the endpoints and models of all snapshots so far.
  const KnownNames& known_names() const { return names_; }

 private:
  struct Entry {
    config::Url url;
    LearnedPtr learned = std::make_shared<Learned>();
    Addresses addresses;
    std::optional<net::TlsClient> tls;
    std::shared_ptr<EndpointLoad> load = std::make_shared<EndpointLoad>();
    ModelLoads model_loads;
    EndpointHealth health;
  };

  Entry* find(std::string_view endpoint);
  const Entry* find(std::string_view endpoint) const;

  Patience patience_;
  std::vector<config::Endpoint> endpoints_;
  std::map<std::string, Entry, std::less<>> entries_;
  std::map<std::string, std::string> defaults_;
  std::shared_ptr<const Rules> rules_ = std::make_shared<Rules>();
  std::map<std::string, std::shared_ptr<RetryBudget>, std::less<>> budgets_;  // by the names that clients use
  KnownNames names_;
  std::uint64_t number_ = 0;
};

}  // namespace pointsman::registry
