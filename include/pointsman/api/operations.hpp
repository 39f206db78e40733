#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <string>
#include <vector>

#include "pointsman/api/configuration_state.hpp"
#include "pointsman/api/endpoint_list.hpp"
#include "pointsman/base/request_id.hpp"
#include "pointsman/http/connection.hpp"
#include "pointsman/registry/snapshot.hpp"

namespace pointsman::api {

// Whether the gateway can do its work: a gateway with no endpoint that is up is alive, but not ready.
struct Readiness {
  struct Endpoint {
    std::string name;
    registry::Health health;
    std::string detail;          // of its health
    std::chrono::seconds holds;  // for how long it has been so, as far as this process knows
  };
  std::vector<Endpoint> endpoints;
  std::size_t endpoints_up = 0;
  std::size_t models_ready = 0;

  bool ready() const { return endpoints_up > 0; }
};

// The operations listener's handler: /healthz, /readyz, /metrics and /explain. Lives on the control plane's worker.
class Operations final : public http::Handler {
 public:
  Operations(std::function<Readiness()> readiness, std::function<std::string()> metrics, HealthHistory history)
      : readiness_(std::move(readiness)), metrics_(std::move(metrics)), history_(std::move(history)) {}

  // From now on /explain speaks of this one.
  void use(registry::SnapshotPtr snapshot) { snapshot_ = std::move(snapshot); }

  // From now on /readyz?verbose and /metrics tell of this one.
  void use(ConfigurationState configuration) { configuration_ = std::move(configuration); }
  // From now on /readyz fails: the gateway is about to stop.
  void stop_being_ready() { is_stopping_ = true; }

  net::Task<> handle(http::Connection& client) override;
  net::Task<> refuse(http::Connection& client, const http::Rejection& rejection) override;

 private:
  net::Task<> explain(http::Connection& client, std::string_view request_id);
  net::Task<> answer_readiness(http::Connection& client, std::string_view request_id);

  std::function<Readiness()> readiness_;
  std::function<std::string()> metrics_;
  HealthHistory history_;
  ConfigurationState configuration_;
  bool is_stopping_ = false;
  registry::SnapshotPtr snapshot_ = std::make_shared<registry::Snapshot>();
  RequestIds ids_;
};

}  // namespace pointsman::api
