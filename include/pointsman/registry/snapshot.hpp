#pragma once

#include <atomic>
#include <boost/asio/generic/stream_protocol.hpp>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "pointsman/base/secret.hpp"
#include "pointsman/config/settings.hpp"
#include "pointsman/net/tls_client.hpp"
#include "pointsman/registry/api.hpp"
#include "pointsman/registry/backpressure.hpp"
#include "pointsman/registry/breaker.hpp"
#include "pointsman/registry/latency.hpp"
#include "pointsman/registry/learned.hpp"
#include "pointsman/registry/retry_budget.hpp"
#include "pointsman/registry/rules.hpp"

// What the request path knows: one immutable picture of all endpoints and models. The registry builds it, every worker
// holds the newest in a plain shared_ptr, and a request keeps the one it began with.
namespace pointsman::registry {

// The load of one endpoint: what all workers share of it. Lives as long as a snapshot or a request names it, and is
// handed on from snapshot to snapshot, so that counts survive a reload.
struct EndpointLoad {
  std::atomic<std::uint32_t> in_flight{0};
  // As the endpoint said at its last probe; 0: it does not say.
  std::atomic<std::uint32_t> foreign{0};  // requests of others that it had, running or waiting
  std::atomic<std::uint32_t> slots{0};    // how many it works on at once
  // It could not be connected to, and has not answered since.
  std::atomic<bool> in_doubt{false};
  Latency latency;  // fed where a policy goes by it
  // What its answers say of it.
  Backpressure backpressure;
  Breaker breaker;
  std::atomic<std::uint32_t> open_breakers{0};  // its own and those of its models
  // Connections to it, of all workers; one that endpoints at the same place share counts for whom it was opened.
  std::atomic<std::uint32_t> connections{0};
  std::atomic<std::uint32_t> idle_connections{0};

  // Nothing speaks against it, whichever model is asked for.
  bool is_sound() const { return open_breakers.load(std::memory_order_relaxed) == 0 && backpressure.is_off(); }
};

// The same of one model of an endpoint.
struct ModelLoad {
  std::atomic<std::uint32_t> in_flight{0};  // counted where there is a limit for it
  std::atomic<std::uint64_t> turn{0};       // routing/turn.hpp
  Breaker breaker;
};

struct EndpointModel {
  std::shared_ptr<ModelLoad> load;
  std::uint32_t max_concurrent = 0;  // 0: no limit
  std::string name{};                // what it is called there
};

struct SnapshotEndpoint {
  std::string name;
  std::uint32_t number = 0;  // of its name (known_names.hpp)
  config::Url url;
  std::string place;        // scheme, authority and TLS settings: what connections are kept by
  std::string host_header;  // the value of Host
  std::string key_header{config::authorization_field};
  Secret authorization;  // the value of key_header; empty: none is sent
  std::uint32_t weight = 1;
  std::uint32_t priority = 0;
  std::uint32_t max_concurrent = 0;
  config::Timeouts timeouts;
  std::string account;  // empty: it shares none with others
  Health health = Health::unknown;
  std::vector<boost::asio::generic::stream_protocol::endpoint> addresses;  // empty: its name does not resolve
  std::shared_ptr<EndpointLoad> load;
  std::vector<EndpointModel> models;  // those that it serves
  std::optional<net::TlsClient> tls;  // for https
  std::map<std::string, bool> apis;   // what the operator says of it
  LearnedPtr learned;                 // all that is known of it, for people who ask

  // A busy endpoint is still sent to: it says so itself, and the client hears it.
  bool is_up() const { return health == Health::up || health == Health::busy; }
};

// An endpoint that may serve a model with an API.
struct Candidate {
  static constexpr std::uint32_t none = ~0u;

  std::uint32_t endpoint = 0;  // index into Snapshot::endpoints
  std::uint32_t name = 0;      // index into SnapshotModel::names: what the model is called there
  std::uint32_t model = none;  // index into SnapshotEndpoint::models; none: no model is asked for
  Verdict verdict = Verdict::unknown;
  bool must_load = false;   // the endpoint says that it does not have the model in memory
  bool is_limited = false;  // the model there has a max_concurrent of its own
};

// A name that clients may use, and all that stands behind it. An alias is a model of its own, so that what one endpoint
// calls "small" and another serves under that alias make one pool.
struct SnapshotModel {
  std::string id;
  std::uint32_t number = 0;  // of its id (known_names.hpp)
  std::int64_t created = 0;
  std::string owned_by;
  std::optional<std::int64_t> context_length;
  bool ready = false;  // an endpoint that serves it is up
  Policy policy = Policy::least_loaded;
  std::shared_ptr<RetryBudget> budget;   // handed on from snapshot to snapshot
  std::vector<std::string> fallbacks;    // what stands in for it, in order
  std::vector<std::string> names;        // its names on its endpoints; the first is mostly its id
  std::vector<std::uint32_t> endpoints;  // all that list it, up or not
  // Up or not: no candidates means that nobody has the API, none of them up means that it is out of reach just now.
  // Verdict yes before unknown, then by priority, then as configured; no "no" among them, and with WebSocket no
  // "unknown".
  PerApi<std::vector<Candidate>> candidates;
};

// Lets maps with string keys be searched by string_view without making a string.
struct TransparentHash {
  using is_transparent = void;
  std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>()(text); }
};

struct Snapshot {
  std::uint64_t number = 0;
  std::vector<SnapshotEndpoint> endpoints;
  std::vector<SnapshotModel> models;                                                               // sorted by id
  std::unordered_map<std::string, std::uint32_t, TransparentHash, std::equal_to<>> model_by_name;  // indexes into it
  std::shared_ptr<const Rules> rules = std::make_shared<Rules>();
  PerApi<std::string> default_models;  // of requests that may omit the model; empty: none

  const SnapshotModel* find(std::string_view model) const;  // nullptr: nobody serves it
};

using SnapshotPtr = std::shared_ptr<const Snapshot>;

}  // namespace pointsman::registry
