#include "pointsman/api/request_metrics.hpp"

#include <algorithm>
#include <map>
#include <vector>

namespace pointsman::api {
namespace {

constexpr std::array<std::string_view, 6> class_names{"none", "1xx", "2xx", "3xx", "4xx", "5xx"};

constexpr std::array<std::string_view, 5> token_kinds{"input", "output", "cached", "cache_written", "reasoning"};

// What requests are counted by, in one number.
constexpr unsigned model_shift = 24;
constexpr unsigned route_shift = 48;
constexpr std::uint32_t name_mask = (1u << model_shift) - 1;
static_assert(registry::KnownNames::most <= name_mask);

std::uint64_t series_number(std::uint64_t route, std::uint64_t model, std::uint64_t endpoint) {
  return route << route_shift | model << model_shift | endpoint;
}

std::string_view label_of(std::size_t route) { return route < route_count ? all_routes()[route].label : "none"; }

std::string_view api_of(std::size_t route) { return route < route_count ? api_name(all_routes()[route]) : ""; }

}  // namespace

void RequestMetrics::count(const EndedRequest& ended) {
  const auto number =
      ended.route == nullptr ? route_count : static_cast<std::size_t>(ended.route - all_routes().data());
  const auto status_class = static_cast<std::size_t>(ended.status / 100);
  auto* by_class = requests_.at(series_number(number, ended.model, ended.endpoint));
  if (by_class == nullptr) by_class = &beyond_[number];
  (*by_class)[status_class < class_count ? status_class : 0].add();  // 600 and above are no classes of HTTP's
  auto& series = by_route_[number];
  series.duration.observe(ended.duration);
  if (ended.first_byte.count() >= 0) series.first_byte.observe(ended.first_byte);
  series.bytes_in.add(ended.bytes_in);
  series.bytes_out.add(ended.bytes_out);
}

void RequestMetrics::count_overhead(std::chrono::microseconds overhead) {
  if (overhead.count() >= 0) overhead_.observe(overhead);
}

void RequestMetrics::count_generation(const EndedRequest& ended, Time began, const proxy::Outcome& outcome) {
  const auto number = generation_series(ended.route->api, ended.model);
  auto* const times = number ? generations_.at(*number) : nullptr;
  if (times != nullptr) observe(*times, began, ended.duration, outcome.usage, outcome.pace);
}

void RequestMetrics::count_response(std::uint32_t model, Time began, Time now, const proxy::EndedResponse& ended) {
  const auto number = generation_series(registry::Api::responses, model);
  auto* const times = number ? generations_.at(*number) : nullptr;
  const auto duration = std::chrono::duration_cast<std::chrono::microseconds>(now - began);
  if (times != nullptr) observe(*times, began, duration, ended.usage, ended.pace);
}

void RequestMetrics::observe(GenerationTimes& times, Time began, std::chrono::microseconds duration,
                             const payload::Usage& usage, const proxy::StreamPace& pace) {
  using std::chrono::duration_cast;
  using std::chrono::microseconds;
  times.duration.observe(duration);
  if (const auto tokens = usage.input.value_or(-1); tokens >= 0) times.input.observe(tokens);
  if (const auto tokens = usage.output.value_or(-1); tokens >= 0) times.output.observe(tokens);
  if (pace.events == 0) return;
  // The beginning is known more exactly than to the millisecond.
  times.first_token.observe(std::max(microseconds(0), duration_cast<microseconds>(pace.first - began)));
  const std::int64_t tokens = usage.output.value_or(pace.events);
  if (pace.last > pace.first && tokens > 1)
    times.per_token.observe(microseconds(pace.last - pace.first) / (tokens - 1));
}

void RequestMetrics::count(const payload::Usage& usage) {
  std::size_t kind = 0;
  for (const auto count : {usage.input, usage.output, usage.cached, usage.cache_written, usage.reasoning}) {
    tokens_[kind++].add(static_cast<std::uint64_t>(count.value_or(0)));
  }
}

void write_metrics(observe::PrometheusText& text, std::span<const RequestMetrics* const> workers,
                   const registry::KnownNames& names) {
  using Series = RequestMetrics::Series;
  using ByClass = RequestMetrics::ByClass;
  const auto sum = [&](std::size_t route, auto value_of) {
    std::uint64_t total = 0;
    for (const auto* worker : workers) total += value_of(worker->by_route_[route]);
    return total;
  };

  std::map<std::uint64_t, std::array<std::uint64_t, RequestMetrics::class_count>> requests;
  const auto add = [&](std::uint64_t number, const ByClass& by_class) {
    for (std::size_t status = 0; status < by_class.size(); ++status)
      requests[number][status] += by_class[status].value();
  };
  std::size_t most_used = 0;
  std::uint64_t beyond = 0;
  for (const auto* worker : workers) {
    std::size_t used = 0;
    worker->requests_.for_each([&](std::uint64_t number, const ByClass& by_class) {
      add(number, by_class);
      ++used;
    });
    most_used = std::max(most_used, used);
    for (std::size_t route = 0; route <= route_count; ++route) {
      for (const auto& each : worker->beyond_[route]) beyond += each.value();
      add(series_number(route, registry::KnownNames::other, registry::KnownNames::other), worker->beyond_[route]);
    }
  }
  text.metric("pointsman_requests_total", "counter",
              "Requests that ended, by route, API, model, endpoint and class of the status.");
  for (const auto& [number, by_class] : requests) {
    const auto route = static_cast<std::size_t>(number >> route_shift);
    for (std::size_t status = 0; status < class_names.size(); ++status) {
      if (by_class[status] == 0) continue;
      text.sample({{"route", label_of(route)},
                   {"api", api_of(route)},
                   {"model", names.name(number >> model_shift & name_mask)},
                   {"endpoint", names.name(number & name_mask)},
                   {"status", class_names[status]}},
                  by_class[status]);
    }
  }
  text.metric("pointsman_request_series", "gauge",
              "Combinations of route, model and endpoint that the fullest worker counts.");
  text.sample({}, std::uint64_t{most_used});
  text.metric("pointsman_request_series_limit", "gauge",
              "How many it may count; then model and endpoint are \"other\".");
  text.sample({}, std::uint64_t{RequestMetrics::most_series});
  text.metric("pointsman_requests_beyond_series_total", "counter", "Requests that were counted as \"other\".");
  text.sample({}, beyond);
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
  text.metric("pointsman_request_first_byte_seconds", "histogram",
              "From a request's head to the first byte of its answer to the client.");
  for (std::size_t route = 0; route <= route_count; ++route) {
    for (std::size_t i = 0; i < workers.size(); ++i) parts[i] = &workers[i]->by_route_[route].first_byte;
    text.histogram({{"route", label_of(route)}}, parts);
  }
  text.metric("pointsman_request_duration_seconds", "histogram", "From a request's head to the end of its answer.");
  for (std::size_t route = 0; route <= route_count; ++route) {
    for (std::size_t i = 0; i < workers.size(); ++i) parts[i] = &workers[i]->by_route_[route].duration;
    text.histogram({{"route", label_of(route)}}, parts);
  }
  text.metric("pointsman_client_leave_seconds", "histogram",
              "From when a client's leaving was noticed to when the endpoint's connection was closed.");
  for (std::size_t i = 0; i < workers.size(); ++i) parts[i] = &workers[i]->client_leave_;
  text.histogram({}, parts);

  std::vector<const observe::HistogramOf<OverheadBuckets>*> overheads;
  for (const auto* worker : workers) overheads.push_back(&worker->overhead_);
  text.metric("pointsman_overhead_seconds", "histogram",
              "What the gateway itself took of a request that waited for nothing but its endpoint.");
  text.histogram({}, overheads);
  std::vector<const GenerationTable*> generations;
  for (const auto* worker : workers) generations.push_back(&worker->generations_);
  write_generation_metrics(text, generations, names);

  std::map<std::uint64_t, std::vector<const proxy::EndpointTimes*>> times;
  for (const auto* worker : workers) {
    worker->attempts_.times.for_each(
        [&](std::uint64_t number, const proxy::EndpointTimes& each) { times[number].push_back(&each); });
  }
  const auto write_times = [&](auto member) {
    for (const auto& [number, each_worker] : times) {
      std::vector<decltype(&(each_worker.front()->*member))> histograms;
      for (const auto* each : each_worker) histograms.push_back(&(each->*member));
      text.histogram({{"endpoint", names.name(static_cast<std::uint32_t>(number))}}, histograms);
    }
  };
  text.metric("pointsman_endpoint_first_byte_seconds", "histogram",
              "From when a request is sent to an endpoint, connecting included, to the head of its answer.");
  write_times(&proxy::EndpointTimes::first_byte);
  text.metric("pointsman_endpoint_time_between_tokens_seconds", "histogram",
              "Between one arrival of tokens in a stream of an endpoint and the next one.");
  write_times(&proxy::EndpointTimes::between_tokens);

  text.metric("pointsman_tokens_total", "counter", "Tokens that endpoints said requests took, by kind.");
  for (std::size_t kind = 0; kind < token_kinds.size(); ++kind) {
    std::uint64_t total = 0;
    for (const auto* worker : workers) total += worker->tokens_[kind].value();
    text.sample({{"kind", token_kinds[kind]}}, total);
  }

  const auto sum_counters = [&](auto counter_of) {
    std::uint64_t total = 0;
    for (const auto* worker : workers) total += counter_of(*worker).value();
    return total;
  };
  using Metrics = RequestMetrics;
  text.metric("pointsman_limited_total", "counter", "Requests that a limit of their key did not allow, by limit.");
  for (std::size_t limit = 0; limit < access::limit_count; ++limit) {
    text.sample({{"limit", access::name(static_cast<access::Limit>(limit))}},
                sum_counters([&](const Metrics& worker) -> auto& { return worker.limited_[limit]; }));
  }
  text.metric("pointsman_authentication_failures_total", "counter",
              "Requests that were told 401, by what was wrong with their key.");
  text.sample({{"key", "missing"}}, sum_counters([](const Metrics& worker) -> auto& { return worker.missing_keys_; }));
  text.sample({{"key", "wrong"}}, sum_counters([](const Metrics& worker) -> auto& { return worker.wrong_keys_; }));

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
}

}  // namespace pointsman::api
