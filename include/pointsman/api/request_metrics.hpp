#pragma once

#include <array>
#include <chrono>
#include <span>
#include <string>

#include "pointsman/access/quota.hpp"
#include "pointsman/api/generation_metrics.hpp"
#include "pointsman/api/routes.hpp"
#include "pointsman/observe/histogram.hpp"
#include "pointsman/observe/prometheus_text.hpp"
#include "pointsman/observe/series_table.hpp"
#include "pointsman/payload/usage.hpp"
#include "pointsman/proxy/attempt_counts.hpp"
#include "pointsman/proxy/forwarder.hpp"
#include "pointsman/proxy/session_account.hpp"
#include "pointsman/proxy/waiting_room.hpp"
#include "pointsman/proxy/websocket_session.hpp"
#include "pointsman/registry/known_names.hpp"

namespace pointsman::api {

// A request that ended, as far as it is counted.
struct EndedRequest {
  const Route* route = nullptr;  // nullptr: it led to none
  int status = 0;                // 0: nobody waited for the answer
  std::chrono::microseconds duration{};
  std::chrono::microseconds first_byte{-1};  // until the answer to the client began; below 0: it never did
  std::uint64_t bytes_in = 0;
  std::uint64_t bytes_out = 0;
  std::uint32_t model = 0;     // by registry::KnownNames
  std::uint32_t endpoint = 0;  // the same
};

// Microseconds, shown as seconds: what a request takes here.
struct OverheadBuckets {
  static constexpr std::array<std::int64_t, 12> bounds{10,    25,    50,     100,    250,     500,
                                                       1'000, 2'500, 10'000, 50'000, 250'000, 1'000'000};
  static constexpr double per_unit = 1e6;
};

// What one worker counts of its requests. Written by its worker, read by whoever renders the metrics.
class RequestMetrics {
 public:
  // Of combinations of route, model and endpoint; what comes when there are so many is one of model "other".
  static constexpr std::size_t most_series = 5'000;

  using Time = std::chrono::steady_clock::time_point;

  void count(const EndedRequest& ended);
  // What it took here and not elsewhere; below 0: nobody knows.
  void count_overhead(std::chrono::microseconds overhead);
  // It was answered to its end, with a status of 2xx.
  void count_generation(const EndedRequest& ended, Time began, const proxy::Outcome& outcome);
  // A response over WebSocket of this model (by registry::KnownNames) ended, and did not fail.
  void count_response(std::uint32_t model, Time began, Time now, const proxy::EndedResponse& ended);

  // What an endpoint said that a request took.
  void count(const payload::Usage& usage);

  // A request, or a message over WebSocket, that a key's limit did not allow.
  void count(access::Limit limit) { limited_[static_cast<std::size_t>(limit)].add(); }
  // A request that was told 401.
  void count_unauthorized(bool presented_a_key) { (presented_a_key ? wrong_keys_ : missing_keys_).add(); }

  // From when a client's leaving was noticed to when its request's connection to the endpoint was closed.
  observe::Histogram& client_leave() { return client_leave_; }

  proxy::WebSocketCounts& websockets() { return websockets_; }
  proxy::AttemptCounts& attempts() { return attempts_; }
  proxy::QueueCounts& queue() { return queue_; }

 private:
  static void observe(GenerationTimes& times, Time began, std::chrono::microseconds duration,
                      const payload::Usage& usage, const proxy::StreamPace& pace);

  friend void write_metrics(observe::PrometheusText& text, std::span<const RequestMetrics* const> workers,
                            const registry::KnownNames& names);

  static constexpr std::size_t class_count = 6;  // no status, 1xx (WebSocket), 2xx to 5xx
  using ByClass = std::array<observe::Counter, class_count>;
  struct Series {
    observe::Histogram duration;
    observe::Histogram first_byte;
    observe::Counter bytes_in;
    observe::Counter bytes_out;
  };

  // In the order of token_kinds.
  std::array<observe::Counter, 5> tokens_;
  std::array<Series, route_count + 1> by_route_;  // the last one: no route
  observe::SeriesTable<ByClass> requests_{most_series};
  std::array<ByClass, route_count + 1> beyond_;  // of those that found no room there
  observe::SeriesTable<GenerationTimes> generations_{most_generation_series};
  observe::HistogramOf<OverheadBuckets> overhead_;
  std::array<observe::Counter, access::limit_count> limited_;
  observe::Counter wrong_keys_;
  observe::Counter missing_keys_;
  observe::Histogram client_leave_;
  proxy::WebSocketCounts websockets_;
  proxy::AttemptCounts attempts_;
  proxy::QueueCounts queue_;
};

// Of all workers together.
void write_metrics(observe::PrometheusText& text, std::span<const RequestMetrics* const> workers,
                   const registry::KnownNames& names);

}  // namespace pointsman::api
