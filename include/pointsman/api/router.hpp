#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "pointsman/access/failed_attempts.hpp"
#include "pointsman/access/key_ring.hpp"
#include "pointsman/access/late_settlements.hpp"
#include "pointsman/access/quota.hpp"
#include "pointsman/api/request_metrics.hpp"
#include "pointsman/api/request_reading.hpp"
#include "pointsman/api/routes.hpp"
#include "pointsman/base/request_id.hpp"
#include "pointsman/http/connection.hpp"
#include "pointsman/ledger/ledger.hpp"
#include "pointsman/observe/access_log.hpp"
#include "pointsman/observe/log.hpp"
#include "pointsman/proxy/forwarder.hpp"
#include "pointsman/proxy/websocket_forwarder.hpp"
#include "pointsman/traces/tracer.hpp"

namespace pointsman::api {

// The main listener's handler: finds the route, checks the key, answers what is ours and forwards the rest. Writes the
// access log, the ledger and the traces, and counts. One per worker.
class Router final : public http::Handler {
 public:
  Router(proxy::Forwarder& forwarder, proxy::WebSocketForwarder& websockets, access::KeyRingPtr keys,
         access::FailedAttempts& failed_attempts, access::LateSettlements& late_settlements, observe::Log& log,
         observe::AccessLog& access_log, ledger::Recorder& recorder, traces::Tracer& tracer, RequestMetrics& metrics)
      : forwarder_(forwarder),
        websockets_(websockets),
        keys_(std::move(keys)),
        failed_attempts_(failed_attempts),
        late_settlements_(late_settlements),
        log_(log),
        access_log_(access_log),
        recorder_(recorder),
        tracer_(tracer),
        metrics_(metrics) {}

  // Who may come in from now on; requests under way were let in.
  void use(access::KeyRingPtr keys) { keys_ = std::move(keys); }

  net::Task<> handle(http::Connection& client) override;
  net::Task<> refuse(http::Connection& client, const http::Rejection& rejection) override;

 private:
  struct Visit;  // one request, and what the access log will say of it
  net::Task<> answer(http::Connection& client, Visit& visit);
  net::Task<> answer_error(http::Connection& client, Visit& visit, const http::ErrorAnswer& error);
  net::Task<> answer_models(http::Connection& client, Visit& visit);
  Seldom<http::ErrorAnswer> refused_at_the_door(http::Connection& client, Visit& visit);
  static Seldom<http::ErrorAnswer> refused_for_its_model(const http::RequestHead& head, const Visit& visit,
                                                         const payload::RequestFields& fields);
  Seldom<http::ErrorAnswer> refused_by_limits(http::Connection& client, Visit& visit, const access::Demand& demand);
  static const proxy::RateLimits* rate_limits_of(const Visit& visit);
  static void heed_debug(http::Connection& client, Visit& visit);
  static proxy::Decision* decision_of(Visit& visit);
  void tell_refusal(Visit& visit);
  http::ErrorAnswer with_decision(const http::ErrorAnswer& error, Visit& visit);
  void settle(http::Connection& client, Visit& visit);
  void settle_fetched(http::Connection& client, Visit& visit);
  Milliseconds pause_after_failure(http::Connection& client, const Visit& visit);
  net::Task<bool> is_read(http::Connection& client, Visit& visit, const Reading& reading);
  net::Task<> forward(http::Connection& client, Visit& visit);
  net::Task<> forward_kept(http::Connection& client, Visit& visit);
  net::Task<> conclude(http::Connection& client, Visit& visit);
  net::Task<> relay_websocket(http::Connection& client, Visit& visit);
  void record(http::Connection& client, const Visit& visit);

  proxy::Forwarder& forwarder_;
  proxy::WebSocketForwarder& websockets_;
  access::KeyRingPtr keys_;
  access::FailedAttempts& failed_attempts_;
  access::LateSettlements& late_settlements_;
  observe::Log& log_;
  observe::AccessLog& access_log_;
  ledger::Recorder& recorder_;
  traces::Tracer& tracer_;
  RequestMetrics& metrics_;
  RequestIds ids_;
  RequestReader reader_;
};

}  // namespace pointsman::api
