#pragma once

#include <cstddef>
#include <functional>
#include <string>

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

// The operations listener's handler: /healthz, /readyz and /metrics. Lives on the control plane's worker.
class Operations final : public http::Handler {
 public:
  Operations(std::function<Readiness()> readiness, std::function<std::string()> metrics)
      : readiness_(std::move(readiness)), metrics_(std::move(metrics)) {}

  net::Task<> handle(http::Connection& client) override;
  net::Task<> refuse(http::Connection& client, const http::Rejection& rejection) override;

 private:
  std::function<Readiness()> readiness_;
  std::function<std::string()> metrics_;
  RequestIds ids_;
};

}  // namespace pointsman::api
