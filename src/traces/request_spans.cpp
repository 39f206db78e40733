#include "pointsman/traces/request_spans.hpp"

#include <algorithm>

#include "pointsman/config/authority.hpp"
#include "pointsman/observe/ending.hpp"
#include "pointsman/registry/operation.hpp"

namespace pointsman::traces {
namespace {

using observe::AccessRecord;
using observe::Ended;
using observe::Trace;
using observe::TracedAttempt;

constexpr std::size_t longest_text = 256;
constexpr std::string_view websocket_mark = " (websocket)";

// Not in the middle of a character.
std::string shortened(std::string_view text) {
  if (text.size() <= longest_text) return std::string(text);
  auto size = longest_text;
  while (size > 0 && (static_cast<unsigned char>(text[size]) & 0xc0) == 0x80) --size;
  return std::string(text.substr(0, size));
}

void add(Span& span, std::string_view key, std::string_view text) {
  if (!text.empty()) span.attributes.push_back({key, shortened(text)});
}

void add(Span& span, std::string_view key, std::int64_t number) { span.attributes.push_back({key, number}); }

// What the endpoint did not tell is below 0.
void add_told(Span& span, std::string_view key, std::int64_t number) {
  if (number >= 0) add(span, key, number);
}

// The template of the path; empty: there is no route.
std::string_view template_of(std::string_view route) {
  if (route == "none") return "";
  if (route.ends_with(websocket_mark)) route.remove_suffix(websocket_mark.size());
  return route;
}

bool has_parameter(std::string_view route) { return route.find('{') != std::string_view::npos; }

// As the conventions call methods: a client does not choose what stands there.
std::string_view method_of(const AccessRecord& record) {
  return record.method.empty() || record.method == "other" ? "_OTHER" : record.method;
}

std::string name_of(std::string_view method, std::string_view route) {
  const std::string name(method == "_OTHER" ? "HTTP" : method);
  return route.empty() ? name : name + " " + std::string(route);
}

// What a model does, in the words of the conventions; empty: they have none for it.
std::string_view operation_of(const AccessRecord& record) {
  if (has_parameter(record.route)) return "";  // it is about what was made before
  const auto api = registry::api_named(record.api);
  const auto operation = api ? registry::operation_of(*api) : std::nullopt;
  return operation ? registry::name(*operation) : "";
}

// The values that the conventions know stand for their providers; others are their own names.
std::string_view provider_of(std::string_view server_type) {
  if (server_type == "azure-openai") return "azure.ai.openai";
  if (server_type == "xai") return "x_ai";
  return server_type == "gemini" ? "gcp.gemini" : server_type;
}

// An error of a server; that it refused what a client got wrong is none.
bool is_error(const AccessRecord& record) {
  if (record.status >= 500) return true;
  const bool is_at_fault = record.origin && *record.origin != Origin::client;
  return is_at_fault && record.status < 400;
}

// An error of the endpoint, or of ours on the way to it. That nobody waited for it any more is none, nor is what a
// client broke off; but by the conventions every status is one that says so.
bool is_error(const TracedAttempt& attempt) {
  const auto [ended, origin] = observe::ending_of(attempt.cause, attempt.status, true);
  return attempt.status >= 400 ||
         (ended != Ended::complete && ended != Ended::gateway_stopped && origin != Origin::client);
}

class Making {
 public:
  Making(const Trace& trace, const AccessRecord& record, const RequestTimes& times)
      : trace_(trace), record_(record), times_(times) {}

  Span of_request(std::string_view scheme) const;
  Span of_attempt(const TracedAttempt& attempt) const;

 private:
  // Whatever is measured lies between the request's beginning and its end.
  SpanTime on_the_wall(TracedAttempt::Time time) const {
    const auto within = std::clamp(time, times_.began, times_.ended);
    return times_.ended_on_the_wall - std::chrono::duration_cast<std::chrono::nanoseconds>(times_.ended - within);
  }
  void add_model(Span& span, std::string_view model) const;
  void add_usage(Span& span) const;

  const Trace& trace_;
  const AccessRecord& record_;
  const RequestTimes& times_;
};

void Making::add_model(Span& span, std::string_view model) const {
  add(span, "gen_ai.operation.name", operation_of(record_));
  add(span, "gen_ai.request.model", model);
}

// Of what is fetched they are those of the request that began it.
void Making::add_usage(Span& span) const {
  if (record_.background == observe::Background::fetched) return;
  add_told(span, "gen_ai.usage.input_tokens", record_.input_tokens);
  add_told(span, "gen_ai.usage.output_tokens", record_.output_tokens);
  add_told(span, "pointsman.cached_tokens", record_.cached_tokens);
  add_told(span, "pointsman.reasoning_tokens", record_.reasoning_tokens);
}

Span Making::of_request(std::string_view scheme) const {
  const auto route = template_of(record_.route);
  Span span;
  span.trace = trace_.context().trace;
  span.id = trace_.context().span;
  span.parent = trace_.parent();
  span.has_remote_parent = trace_.is_continued();
  span.name = name_of(method_of(record_), route);
  span.kind = Span::Kind::server;
  span.began = on_the_wall(times_.began);
  span.ended = on_the_wall(times_.ended);
  if (is_error(record_)) span.status = Span::Status::error;
  span.attributes.reserve(24);
  add(span, "http.request.method", method_of(record_));
  add(span, "url.scheme", scheme);
  add(span, "http.route", route);
  if (!has_parameter(route)) add(span, "url.path", route);
  if (record_.status != 0) add(span, "http.response.status_code", record_.status);
  if (span.status == Span::Status::error) {
    add(span, "error.type", record_.cause.empty() ? std::to_string(record_.status) : record_.cause);
  }
  add_model(span, record_.model);
  const auto& attempts = trace_.attempts();
  if (record_.first_byte_us && record_.status < 400) add(span, "gen_ai.response.model", record_.served_model);
  if (!attempts.empty()) add(span, "gen_ai.provider.name", provider_of(attempts.back().server_type));
  add_usage(span);
  add(span, "pointsman.request_id", record_.request_id);
  add(span, "pointsman.api", record_.api);
  add(span, "pointsman.key", record_.key);
  add(span, "pointsman.endpoint", record_.endpoint);
  add(span, "pointsman.ended", name(record_.ended));
  if (record_.origin) add(span, "pointsman.origin", name(*record_.origin));
  add(span, "pointsman.cause", record_.cause);
  add(span, "pointsman.fallback", record_.fallback);
  add(span, "pointsman.attempts", static_cast<std::int64_t>(attempts.size()));
  if (record_.queued) add(span, "pointsman.queue_ms", record_.queued->count());
  span.attributes.push_back({"pointsman.stream", record_.stream});
  if (record_.first_byte_us) {
    const auto at = times_.began + std::chrono::microseconds(*record_.first_byte_us);
    span.events.push_back({"first_byte", on_the_wall(at)});
  }
  return span;
}

Span Making::of_attempt(const TracedAttempt& attempt) const {
  const auto method = method_of(record_);
  Span span;
  span.trace = trace_.context().trace;
  span.id = attempt.id;
  span.parent = trace_.context().span;
  span.name = name_of(method, attempt.path);
  span.kind = Span::Kind::client;
  span.began = on_the_wall(attempt.began);
  span.ended = on_the_wall(attempt.ended == TracedAttempt::Time() ? times_.ended : attempt.ended);
  if (is_error(attempt)) span.status = Span::Status::error;
  span.attributes.reserve(16);
  add(span, "http.request.method", method);
  const bool is_socket = attempt.host.empty();
  if (is_socket) {
    add(span, "network.transport", "unix");
  } else {
    add(span, "server.address", attempt.host);
    add(span, "server.port", std::int64_t{attempt.port});
    if (!attempt.path.empty()) {
      add(span, "url.full",
          attempt.scheme + "://" + config::bracketed(attempt.host) + ":" + std::to_string(attempt.port) + attempt.path);
    }
  }
  if (attempt.status != 0) add(span, "http.response.status_code", attempt.status);
  if (span.status == Span::Status::error) {
    add(span, "error.type", attempt.cause.empty() ? std::to_string(attempt.status) : attempt.cause);
  }
  add_model(span, attempt.model);
  add(span, "gen_ai.provider.name", provider_of(attempt.server_type));
  // The one that answered is the last.
  if (&attempt == &trace_.attempts().back()) add_usage(span);
  add(span, "pointsman.request_id", record_.request_id);
  add(span, "pointsman.endpoint", attempt.endpoint);
  add(span, "pointsman.cause", attempt.cause == name(ErrorCode::cancelled) ? record_.cause : attempt.cause);
  if (attempt.came != TracedAttempt::Time()) span.events.push_back({"head_came", on_the_wall(attempt.came)});
  return span;
}

}  // namespace

std::vector<Span> request_spans(const Trace& trace, const AccessRecord& record, const RequestTimes& times,
                                std::string_view scheme) {
  const Making making(trace, record, times);
  std::vector<Span> spans;
  spans.reserve(1 + trace.attempts().size());
  spans.push_back(making.of_request(scheme));
  for (const auto& attempt : trace.attempts()) spans.push_back(making.of_attempt(attempt));
  return spans;
}

}  // namespace pointsman::traces
