#pragma once

#include <array>
#include <chrono>
#include <span>
#include <string>

#include "pointsman/api/routes.hpp"
#include "pointsman/observe/histogram.hpp"
#include "pointsman/payload/usage.hpp"
#include "pointsman/proxy/attempt_counts.hpp"
#include "pointsman/proxy/waiting_room.hpp"
#include "pointsman/proxy/websocket_session.hpp"

namespace pointsman::api {

// What one worker counts of its requests. Written by its worker, read by whoever renders the metrics.
class RequestMetrics {
 public:
  // A request ended. nullptr: it led to no route; a status of 0: nobody waited for the answer.
  void count(const Route* route, int status, std::chrono::microseconds duration, std::uint64_t bytes_in,
             std::uint64_t bytes_out);

  // What an endpoint said that a request took.
  void count(const payload::Usage& usage);

  // From when a client's leaving was noticed to when its request's connection to the endpoint was closed.
  observe::Histogram& client_leave() { return client_leave_; }

  proxy::WebSocketCounts& websockets() { return websockets_; }
  proxy::AttemptCounts& attempts() { return attempts_; }
  proxy::QueueCounts& queue() { return queue_; }

 private:
  friend std::string metrics_text(std::span<const RequestMetrics* const> workers);

  static constexpr std::size_t class_count = 6;  // no status, 1xx (WebSocket), 2xx to 5xx
  struct Series {
    std::array<observe::Counter, class_count> by_class;
    observe::Histogram duration;
    observe::Counter bytes_in;
    observe::Counter bytes_out;
  };

  // In the order of token_kinds.
  std::array<observe::Counter, 5> tokens_;
  std::array<Series, route_count + 1> by_route_;  // the last one: no route
  observe::Histogram client_leave_;
  proxy::WebSocketCounts websockets_;
  proxy::AttemptCounts attempts_;
  proxy::QueueCounts queue_;
};

// Of all workers together, in Prometheus' text format.
std::string metrics_text(std::span<const RequestMetrics* const> workers);

}  // namespace pointsman::api
