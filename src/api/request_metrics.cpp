#include "pointsman/api/request_metrics.hpp"

#include <vector>

#include "pointsman/observe/prometheus_text.hpp"

namespace pointsman::api {
namespace {

constexpr std::array<std::string_view, 6> class_names{"none", "1xx", "2xx", "3xx", "4xx", "5xx"};

constexpr std::array<std::string_view, 5> token_kinds{"input", "output", "cached", "cache_written", "reasoning"};

std::string_view label_of(std::size_t route) { return route < route_count ? all_routes()[route].label : "none"; }

}  // namespace

void RequestMetrics::count(const Route* route, int status, std::chrono::microseconds duration, std::uint64_t bytes_in,
                           std::uint64_t bytes_out) {
  const auto number = route == nullptr ? route_count : static_cast<std::size_t>(route - all_routes().data());
  auto& series = by_route_[number];
  const auto status_class = static_cast<std::size_t>(status / 100);
  series.by_class[status_class < class_count ? status_class : 0].add();  // 600 and above are no classes of HTTP's
  series.duration.observe(duration);
  series.bytes_in.add(bytes_in);
  series.bytes_out.add(bytes_out);
}

void RequestMetrics::count(const payload::Usage& usage) {
  std::size_t kind = 0;
  for (const auto count : {usage.input, usage.output, usage.cached, usage.cache_written, usage.reasoning}) {
    tokens_[kind++].add(static_cast<std::uint64_t>(count.value_or(0)));
  }
}

std::string metrics_text(std::span<const RequestMetrics* const> workers) {
  using Series = RequestMetrics::Series;
  observe::PrometheusText text;
  const auto sum = [&](std::size_t route, auto value_of) {
    std::uint64_t total = 0;
    for (const auto* worker : workers) total += value_of(worker->by_route_[route]);
    return total;
  };

  text.metric("pointsman_requests_total", "counter", "Requests that ended, by route and class of the status.");
  for (std::size_t route = 0; route <= route_count; ++route) {
    for (std::size_t status = 0; status < class_names.size(); ++status) {
      const auto total = sum(route, [&](const Series& series) { return series.by_class[status].value(); });
      if (total > 0) text.sample({{"route", label_of(route)}, {"status", class_names[status]}}, total);
    }
  }
  text.metric("pointsman_request_body_bytes_total", "counter", "Bytes of request bodies.");
  for (std::size_t route = 0; route <= route_count; ++route) {
    text.sample({{"route", label_of(route)}}, sum(route, [](const Series& series) { return series.bytes_in.value(); }));
  }
  text.metric("pointsman_answer_body_bytes_total", "counter", "Bytes of the bodies of answers.");
  for (std::size_t route = 0; route <= route_count; ++route) {
    text.sample({{"route", label_of(route)}},
                sum(route, [](const Series& series) { return series.bytes_out.value(); }));
  }
  std::vector<const observe::Histogram*> parts(workers.size());
  text.metric("pointsman_request_duration_seconds", "histogram", "From a request's head to the end of its answer.");
  for (std::size_t route = 0; route <= route_count; ++route) {
    for (std::size_t i = 0; i < workers.size(); ++i) parts[i] = &workers[i]->by_route_[route].duration;
    text.histogram({{"route", label_of(route)}}, parts);
  }
  text.metric("pointsman_client_leave_seconds", "histogram",
              "From when a client's leaving was noticed to when the endpoint's connection was closed.");
  for (std::size_t i = 0; i < workers.size(); ++i) parts[i] = &workers[i]->client_leave_;
  text.histogram({}, parts);

  text.metric("pointsman_tokens_total", "counter", "Tokens that endpoints said requests took, by kind.");
  for (std::size_t kind = 0; kind < token_kinds.size(); ++kind) {
    std::uint64_t total = 0;
    for (const auto* worker : workers) total += worker->tokens_[kind].value();
    text.sample({{"kind", token_kinds[kind]}}, total);
  }

  const auto sum_websockets = [&](auto value_of) {
    std::uint64_t total = 0;
    for (const auto* worker : workers) total += value_of(worker->websockets_);
    return total;
  };
  using Counts = proxy::WebSocketCounts;
  // Read in this order, one that opens and closes meanwhile cannot make it negative.
  const auto closed = sum_websockets([](const Counts& counts) { return counts.closed.value(); });
  const auto opened = sum_websockets([](const Counts& counts) { return counts.opened.value(); });
  text.metric("pointsman_websockets_open", "gauge", "WebSocket connections of clients.");
  text.sample({}, opened - closed);
  text.metric("pointsman_websocket_messages_total", "counter", "Whole messages that passed over WebSocket.");
  text.sample({{"direction", "in"}}, sum_websockets([](const Counts& counts) { return counts.messages_in.value(); }));
  text.sample({{"direction", "out"}}, sum_websockets([](const Counts& counts) { return counts.messages_out.value(); }));

  const auto sum_attempts = [&](auto value_of) {
    std::uint64_t total = 0;
    for (const auto* worker : workers) total += value_of(worker->attempts_).value();
    return total;
  };
  using Attempts = proxy::AttemptCounts;
  text.metric("pointsman_attempts_moved_total", "counter",
              "Attempts that failed before their answer began and were followed by one at another endpoint.");
  for (std::size_t reason = 1; reason < routing::reason_count; ++reason) {
    text.sample({{"reason", routing::name(static_cast<routing::Reason>(reason))}},
                sum_attempts([&](const Attempts& counts) -> auto& { return counts.moved[reason]; }));
  }
  text.metric("pointsman_attempts_retried_total", "counter",
              "Attempts that failed and were followed by one at the same endpoint.");
  text.sample({}, sum_attempts([](const Attempts& counts) -> auto& { return counts.retried; }));
  text.metric("pointsman_fallbacks_total", "counter", "Requests that went on to a model that stands in for theirs.");
  text.sample({}, sum_attempts([](const Attempts& counts) -> auto& { return counts.fallbacks; }));
  text.metric("pointsman_breaker_opened_total", "counter",
              "Endpoints, or models there, that failed so often in a row that they are passed over for a while.");
  text.sample({}, sum_attempts([](const Attempts& counts) -> auto& { return counts.breaker_opened; }));

  const auto sum_queues = [&](auto value_of) {
    std::uint64_t total = 0;
    for (const auto* worker : workers) total += value_of(worker->queue_);
    return total;
  };
  using Queues = proxy::QueueCounts;
  const auto left = sum_queues([](const Queues& counts) { return counts.left.value(); });
  const auto entered = sum_queues([](const Queues& counts) { return counts.entered.value(); });
  text.metric("pointsman_queue_waiting", "gauge", "Requests that wait for a place at an endpoint.");
  text.sample({}, entered - left);
  text.metric("pointsman_queue_wait_seconds", "histogram",
              "How long requests waited for a place, whatever came of it.");
  for (std::size_t i = 0; i < workers.size(); ++i) parts[i] = &workers[i]->queue_.waited;
  text.histogram({}, parts);
  text.metric("pointsman_queue_refused_total", "counter", "Requests that got no place, by why they do not wait (on).");
  text.sample({{"reason", "full"}}, sum_queues([](const Queues& counts) { return counts.refused_full.value(); }));
  text.sample({{"reason", "too_long"}},
              sum_queues([](const Queues& counts) { return counts.refused_too_long.value(); }));
  return text.take();
}

}  // namespace pointsman::api
