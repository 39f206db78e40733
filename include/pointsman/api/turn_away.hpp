#pragma once

#include "pointsman/api/request_metrics.hpp"
#include "pointsman/base/request_id.hpp"
#include "pointsman/http/connection.hpp"
#include "pointsman/ledger/ledger.hpp"
#include "pointsman/observe/access_log.hpp"

namespace pointsman::api {

// The handler of connections beyond limits.connections: 503 with Retry-After to whatever is asked first, and the end.
// One per worker.
class TurnAway final : public http::Handler {
 public:
  TurnAway(observe::AccessLog& access_log, ledger::Recorder& recorder, RequestMetrics& metrics)
      : access_log_(access_log), recorder_(recorder), metrics_(metrics) {}

  net::Task<> handle(http::Connection& client) override;
  net::Task<> refuse(http::Connection& client, const http::Rejection& rejection) override;

 private:
  observe::AccessLog& access_log_;
  ledger::Recorder& recorder_;
  RequestMetrics& metrics_;
  RequestIds ids_;
};

}  // namespace pointsman::api
