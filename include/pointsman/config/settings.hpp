#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "pointsman/base/clock.hpp"
#include "pointsman/base/secret.hpp"
#include "pointsman/config/address.hpp"
#include "pointsman/config/credentials.hpp"
#include "pointsman/config/key.hpp"
#include "pointsman/config/url.hpp"

// The settings as the rest of the gateway sees them: plain values, checked, with every default filled in. The names
// follow the file (docs/configuration.md). Equality tells a reload what changed.
namespace pointsman::config {

// A certificate, with those that lead from it to an authority, and its key: PEM files.
struct CertificateFiles {
  std::string certificate;
  std::string key;

  bool operator==(const CertificateFiles&) const = default;
};

struct Listener {
  Address address;
  std::optional<CertificateFiles> tls;  // absent: plain

  bool operator==(const Listener&) const = default;
};

struct Access {
  bool open = false;  // the file says so in words
  std::vector<Key> keys;

  bool operator==(const Access&) const = default;
};

struct Timeouts {
  Milliseconds connect{5'000};
  Milliseconds first_byte{600'000};
  Milliseconds idle{300'000};
  std::optional<Milliseconds> failover_after;  // absent: what the routing says

  bool operator==(const Timeouts&) const = default;
};

struct EndpointModel {
  std::string id;                    // the model's name on that endpoint
  std::vector<std::string> aliases;  // further names that clients may use
  std::uint32_t max_concurrent = 0;  // of this model there; 0: no limit

  bool operator==(const EndpointModel&) const = default;
};

// For an https:// URL.
struct EndpointTls {
  std::string ca;                               // a PEM file of authorities; empty: the system's
  std::optional<CertificateFiles> certificate;  // what we show; absent: nothing
  std::string server_name;                      // whom its certificate must be for; empty: the URL's host
  bool verify = true;                           // false: whoever answers is believed
  Sha256 content{};                             // of those files together, so that a new one is a change

  bool operator==(const EndpointTls&) const = default;
};

struct Endpoint {
  std::string name;
  Url url;
  EndpointTls tls;
  Secret api_key;                                   // empty: none is sent
  std::string api_key_header{authorization_field};  // what carries it: see credentials()
  std::uint32_t weight = 1;
  std::uint32_t priority = 0;        // lower first
  std::uint32_t max_concurrent = 0;  // 0: no limit
  Timeouts timeouts;
  std::string account;                               // whose; those of one account can read what each other encrypted
  std::map<std::string, bool> apis;                  // what the operator knows better than the prober
  std::optional<std::vector<EndpointModel>> models;  // absent: all that the endpoint lists

  bool operator==(const Endpoint&) const = default;
};

struct Probe {
  Milliseconds interval{30'000};
  Milliseconds timeout{5'000};
  bool discover = false;
  std::uint32_t failures = 2;   // in a row, after which an endpoint is down
  std::uint32_t successes = 1;  // in a row, after which it is up again

  bool operator==(const Probe&) const = default;
};

struct Routing {
  std::string policy = "least_loaded";  // least_loaded, p2c_latency, prefix_hash, round_robin
  std::uint32_t attempts = 3;           // of one request, the first included
  double retry_budget = 0.2;            // further attempts, as a share of the requests for a model
  Milliseconds failover_after{0};       // without a byte, after which another endpoint is tried; 0: never
  Milliseconds retry_after{2'000};      // the longest pause that one endpoint may ask for and is waited for

  bool operator==(const Routing&) const = default;
};

// What holds for single models, whichever endpoints serve them.
struct ModelRules {
  std::map<std::string, std::vector<std::string>> fallbacks;  // what stands in for a model, in order
  bool fallback_on_context_length = false;                    // also where the request is too long for it
  std::map<std::string, std::string> policies;                // in place of Routing::policy

  bool operator==(const ModelRules&) const = default;
};

// Where requests wait when every endpoint of their model has as many as it may have.
struct Queue {
  std::uint32_t length = 100;  // requests that wait for one model; 0: none does
  Milliseconds wait{30'000};   // the longest

  bool operator==(const Queue&) const = default;
};

// How the gateway stops.
struct Shutdown {
  Milliseconds grace{0};       // serves on after it stopped being ready, so that a balancer in front can notice
  Milliseconds drain{30'000};  // the longest that requests under way are waited for

  bool operator==(const Shutdown&) const = default;
};

// How it is remembered which endpoint keeps a response or a conversation.
struct Ownership {
  Milliseconds lasts{std::chrono::days{30}};
  std::size_t in_memory = 100'000;  // further ones are looked up in the store

  bool operator==(const Ownership&) const = default;
};

struct Limits {
  std::size_t request_body = 64ull << 20;  // bytes
  std::size_t buffered = 1ull << 30;       // bytes, the whole process
  std::size_t connections = 20'000;
  bool half_close = false;  // a client that ends its sending side still waits for its answer

  bool operator==(const Limits&) const = default;
};

// What requests took, kept in a database of its own.
struct Ledger {
  bool enabled = true;
  std::string path;              // empty: ledger.db beside the store
  std::chrono::days raw{30};     // how long each request is kept
  std::chrono::days hourly{90};  // and the sums of hours
  std::chrono::days daily{730};  // and those of days

  bool operator==(const Ledger&) const = default;
};

struct Log {
  std::string level = "info";   // trace, debug, info, warning, error
  std::string format = "json";  // json, text
  bool access = true;
  std::string file = {};           // empty: standard output
  std::string access_file = {};    // empty: where the other lines are
  std::string access_format = {};  // empty: as the other lines
  double access_sample = 1;        // of the requests that went well, how many have a line

  bool operator==(const Log&) const = default;
};

// What is told of requests to those who follow them over several services (docs/observability.md).
struct Traces {
  std::optional<Url> collector;           // base_path is that of its traces; absent: they are passed on only
  std::string ca_file;                    // of authorities, for https; empty: the system's
  std::map<std::string, Secret> headers;  // that it is sent, by their names
  double sample = 1;                      // of the traces that begin here, how many are told
  std::string service_name = "pointsman";

  bool operator==(const Traces&) const = default;
};

struct Settings {
  std::vector<Listener> listen{{{"127.0.0.1", 8484, ""}, {}}};
  Listener operations{{"127.0.0.1", 8485, ""}, {}};
  std::uint32_t workers = 0;  // 0: one for each core
  std::string store_path;     // empty: the default of the platform (see daemon/store_paths)
  std::string keys_path;      // empty: keys.db beside the store
  Access access;
  std::vector<Endpoint> endpoints;
  ModelRules models;
  std::map<std::string, std::string> defaults;  // API to model
  Probe probe;
  Routing routing;
  Queue queue;
  Shutdown shutdown;
  Ownership ownership;
  Limits limits;
  Ledger ledger;
  std::optional<Traces> traces;  // absent: what clients say of their traces passes as it came
  Log log;

  bool operator==(const Settings&) const = default;
};

}  // namespace pointsman::config
