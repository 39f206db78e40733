#pragma once

#include <cstddef>
#include <functional>

#include "pointsman/base/request_id.hpp"
#include "pointsman/http/connection.hpp"

namespace pointsman::api {

// Whether the gateway can do its work: a gateway with no endpoint that is up is alive, but not ready.
struct Readiness {
  std::size_t endpoints = 0;
  std::size_t endpoints_up = 0;
  std::size_t models_ready = 0;

  bool ready() const { return endpoints_up > 0; }
};

// The operations listener's handler: /healthz and /readyz. Lives on the control plane's worker.
class Operations final : public http::Handler {
 public:
  explicit Operations(std::function<Readiness()> readiness) : readiness_(std::move(readiness)) {}

  net::Task<> handle(http::Connection& client) override;

 private:
  std::function<Readiness()> readiness_;
  RequestIds ids_;
};

}  // namespace pointsman::api
