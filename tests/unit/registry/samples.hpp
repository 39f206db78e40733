#pragma once

#include <string>
#include <utility>
#include <vector>

#include "pointsman/registry/registry.hpp"

// Small endpoints, models and reports to begin a test with.
namespace pointsman::registry {

inline constexpr WallTime noon{Milliseconds(1'700'000'000'000)};

inline config::Endpoint endpoint(std::string name, std::uint32_t priority = 0) {
  config::Endpoint result;
  result.url.scheme = "http";
  result.url.host = name + ".test";
  result.url.port = 8000;
  result.url.base_path = "/v1";
  result.name = std::move(name);
  result.priority = priority;
  return result;
}

inline config::Endpoint endpoint_with(std::string name, std::vector<config::EndpointModel> models) {
  config::Endpoint result = endpoint(std::move(name));
  result.models = std::move(models);
  return result;
}

inline Capability probed(Verdict verdict, WallTime at = noon) {
  return {verdict, Provenance::probed, "POST /v1/x {: 400", at};
}

inline ModelReport model(std::string id) {
  ModelReport result;
  result.id = std::move(id);
  return result;
}

// Up, with the models, and with chat as its only API that is known to be there.
inline ProbeReport report(std::vector<ModelReport> models) {
  ProbeReport result;
  result.health = Health::up;
  result.server_type = "vllm";
  result.version = "1.0";
  result.models_listed = true;
  result.models = std::move(models);
  for (const auto& api : api_table) result.routes[api.api] = probed(Verdict::no);
  result.routes[Api::chat_completions] = probed(Verdict::yes);
  result.at = noon;
  return result;
}

inline ProbeReport down() {
  ProbeReport result;
  result.health = Health::down;
  result.detail = "connection refused";
  result.at = noon + Milliseconds(1);
  return result;
}

inline std::vector<std::string> ids(const Snapshot& snapshot) {
  std::vector<std::string> result;
  for (const auto& each : snapshot.models) result.push_back(each.id);
  return result;
}

}  // namespace pointsman::registry
