#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "pointsman/access/key_ring.hpp"
#include "pointsman/api/configuration_state.hpp"
#include "pointsman/api/endpoint_list.hpp"
#include "pointsman/api/key_state.hpp"
#include "pointsman/base/request_id.hpp"
#include "pointsman/base/seldom.hpp"
#include "pointsman/http/connection.hpp"
#include "pointsman/http/error_answer.hpp"
#include "pointsman/net/certificate_renewal.hpp"
#include "pointsman/observe/prometheus_text.hpp"
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

// The paths of the operations listener.
std::span<const std::string_view> operations_paths();

// The operations listener's handler. Where other machines reach it and there are keys, all but the document and the
// bare words of /healthz and /readyz are for keys with a permission. Lives on the control plane's worker.
class Operations final : public http::Handler {
 public:
  // Writes what the rest of the gateway counts.
  using WriteMetrics = std::function<void(observe::PrometheusText&)>;
  using Queues = std::function<std::vector<proxy::QueueLength>()>;
  using CertificateFailures = std::function<std::vector<net::CertificateFailure>()>;
  // Who can reach it.
  enum class Reach : std::uint8_t { this_machine, others };

  Operations(Reach reach, std::function<Readiness()> readiness, WriteMetrics metrics, HealthHistory history,
             Queues queues, CertificateFailures certificate_failures)
      : reach_(reach),
        readiness_(std::move(readiness)),
        metrics_(std::move(metrics)),
        history_(std::move(history)),
        queues_(std::move(queues)),
        certificate_failures_(std::move(certificate_failures)) {}

  // From now on /explain speaks of this one.
  void use(registry::SnapshotPtr snapshot) { snapshot_ = std::move(snapshot); }

  // From now on /readyz?verbose and /metrics tell of this one.
  void use(ConfigurationState configuration) { configuration_ = std::move(configuration); }
  // From now on these keys are asked for, and this is told of them.
  void use(access::KeyRingPtr keys) { keys_ = std::move(keys); }
  void use(KeyState keys) { key_state_ = std::move(keys); }
  // From now on /readyz fails: the gateway is about to stop.
  void stop_being_ready() { is_stopping_ = true; }

  net::Task<> handle(http::Connection& client) override;
  net::Task<> refuse(http::Connection& client, const http::Rejection& rejection) override;

 private:
  Seldom<http::ErrorAnswer> refused(http::Connection& client) const;
  net::Task<> explain(http::Connection& client, std::string_view request_id);
  net::Task<> answer_metrics(http::Connection& client, std::string_view request_id);
  net::Task<> answer_readiness(http::Connection& client, std::string_view request_id);

  Reach reach_;
  std::function<Readiness()> readiness_;
  WriteMetrics metrics_;
  HealthHistory history_;
  Queues queues_;
  CertificateFailures certificate_failures_;
  ConfigurationState configuration_;
  access::KeyRingPtr keys_ = std::make_shared<access::KeyRing>(access::Grants());
  KeyState key_state_;
  bool is_stopping_ = false;
  registry::SnapshotPtr snapshot_ = std::make_shared<registry::Snapshot>();
  RequestIds ids_;
};

}  // namespace pointsman::api
