#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "pointsman/base/clock.hpp"
#include "pointsman/registry/api.hpp"
#include "pointsman/registry/capability.hpp"
#include "pointsman/registry/health.hpp"

// What the prober found out about one endpoint. Plain values: the prober makes them, the registry takes them in, the
// store keeps them.
namespace pointsman::registry {

// What a server says of its load, of itself and for nothing. What it does not say is not there.
struct ReportedLoad {
  std::optional<std::uint32_t> running;  // requests that it works on
  std::optional<std::uint32_t> waiting;  // requests that it has queued
  std::optional<std::uint32_t> slots;    // how many it works on at once
  std::optional<double> cache_use;       // of the memory for conversations, 0 to 1

  bool operator==(const ReportedLoad&) const = default;
};

struct ModelReport {
  std::string id;            // as the endpoint lists it
  std::int64_t created = 0;  // seconds since 1970; 0: the endpoint does not say
  std::string owned_by;
  std::optional<std::int64_t> context_length;  // tokens
  // What is known of this model itself. Unknown: what the endpoint's routes say holds.
  PerApi<Capability> apis;
  // Whether it is in memory, so that a request need not wait until it is loaded; nothing: the server does not say.
  std::optional<bool> loaded;

  bool operator==(const ModelReport&) const = default;
};

struct ProbeReport {
  Health health = Health::unknown;
  std::string detail;       // for a person: why it is not up, and what to do
  std::string server_type;  // "llama.cpp", "ollama", "vllm", ...; empty: not recognised
  std::string version;
  bool models_listed = false;  // false: `models` says nothing, what was known stays
  std::vector<ModelReport> models;
  PerApi<Capability> routes;  // unknown: not found out this time, what was known stays
  ReportedLoad load;
  WallTime at{};

  bool operator==(const ProbeReport&) const = default;
};

}  // namespace pointsman::registry
