#include "pointsman/traces/request_spans.hpp"

#include <gtest/gtest.h>

#include <map>
#include <optional>

namespace pointsman::traces {
namespace {

using observe::AccessRecord;
using observe::Trace;
using observe::TracedAttempt;

constexpr SpanTime ended_at{std::chrono::nanoseconds(1'700'000'000'000'000'000)};

std::map<std::string, std::string> attributes(const Span& span) {
  std::map<std::string, std::string> all;
  for (const auto& [key, value] : span.attributes) {
    std::string text;
    if (const auto* held = std::get_if<std::string>(&value)) text = *held;
    if (const auto* held = std::get_if<std::int64_t>(&value)) text = std::to_string(*held);
    if (const auto* held = std::get_if<bool>(&value)) text = *held ? "true" : "false";
    EXPECT_TRUE(all.emplace(key, text).second) << key << " is there twice";
  }
  return all;
}

class RequestSpans : public testing::Test {
 protected:
  RequestSpans() {
    trace_.emplace(ids_, observe::parse_traceparent("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"), 1,
                   true);
    record_.method = "POST";
    record_.route = "/v1/chat/completions";
    record_.api = "chat_completions";
    record_.request_id = "req_1";
    record_.status = 200;
  }

  void attempt(int status, std::string_view cause) {
    trace_->begin_attempt({.endpoint = "gpu-1",
                           .server_type = "vllm",
                           .scheme = "http",
                           .host = "10.0.0.1",
                           .port = 8000,
                           .path = "/chat/completions",
                           .base = "/v1",
                           .model = "llama3.2:3b"});
    if (status != 0) trace_->head_came(TracedAttempt::Clock::now(), status);
    trace_->end_attempt(cause);
  }

  std::vector<Span> spans() const {
    return request_spans(*trace_, record_, {began_, TracedAttempt::Clock::now(), ended_at}, "http");
  }
  Span first() const { return spans().at(0); }

  observe::TraceIds ids_;
  TracedAttempt::Time began_ = TracedAttempt::Clock::now();
  std::optional<Trace> trace_;
  AccessRecord record_;
};

TEST_F(RequestSpans, TellWhatCameOfTheRequest) {
  attempt(200, "");
  record_.key = "team-a";
  record_.model = "small";
  record_.served_model = "llama3.2:3b";
  record_.endpoint = "gpu-1";
  record_.first_byte_us = 0;
  record_.queued = Milliseconds(7);
  record_.input_tokens = 5;
  record_.output_tokens = 0;
  record_.stream = true;
  const auto span = first();
  EXPECT_EQ(span.name, "POST /v1/chat/completions");
  EXPECT_EQ(span.kind, Span::Kind::server);
  EXPECT_EQ(span.status, Span::Status::unset);
  EXPECT_EQ(span.parent, trace_->parent());
  EXPECT_TRUE(span.has_remote_parent);
  EXPECT_EQ(span.ended, ended_at);
  const std::map<std::string, std::string> expected{
      {"http.request.method", "POST"},
      {"http.response.status_code", "200"},
      {"http.route", "/v1/chat/completions"},
      {"url.path", "/v1/chat/completions"},
      {"url.scheme", "http"},
      {"gen_ai.operation.name", "chat"},
      {"gen_ai.provider.name", "vllm"},
      {"gen_ai.request.model", "small"},
      {"gen_ai.response.model", "llama3.2:3b"},
      {"gen_ai.usage.input_tokens", "5"},
      {"gen_ai.usage.output_tokens", "0"},
      {"pointsman.api", "chat_completions"},
      {"pointsman.attempts", "1"},
      {"pointsman.ended", "complete"},
      {"pointsman.endpoint", "gpu-1"},
      {"pointsman.key", "team-a"},
      {"pointsman.queue_ms", "7"},
      {"pointsman.request_id", "req_1"},
      {"pointsman.stream", "true"},
  };
  EXPECT_EQ(attributes(span), expected);
  ASSERT_EQ(span.events.size(), 1u);
  EXPECT_EQ(span.events[0].name, "first_byte");
  EXPECT_EQ(span.events[0].at, span.began);
}

TEST_F(RequestSpans, TellOfEachAttemptBelowIt) {
  attempt(503, "");
  attempt(0, "unreachable");
  attempt(200, "");
  const auto all = spans();
  ASSERT_EQ(all.size(), 4u);
  const std::string errors[] = {"503", "unreachable", ""};
  for (std::size_t i = 1; i < all.size(); ++i) {
    const auto& span = all[i];
    SCOPED_TRACE(i);
    EXPECT_EQ(span.trace, all[0].trace);
    EXPECT_EQ(span.parent, all[0].id);
    EXPECT_FALSE(span.has_remote_parent);
    EXPECT_EQ(span.kind, Span::Kind::client);
    EXPECT_EQ(span.name, "POST /v1/chat/completions");
    EXPECT_LE(all[0].began, span.began);
    EXPECT_LE(span.began, span.ended);
    EXPECT_LE(span.ended, all[0].ended);
    const auto told = attributes(span);
    EXPECT_EQ(span.status, errors[i - 1].empty() ? Span::Status::unset : Span::Status::error);
    EXPECT_EQ(told.contains("error.type") ? told.at("error.type") : "", errors[i - 1]);
    EXPECT_EQ(told.at("server.address"), "10.0.0.1");
    EXPECT_EQ(told.at("server.port"), "8000");
    EXPECT_EQ(told.at("url.full"), "http://10.0.0.1:8000/v1/chat/completions");
    EXPECT_EQ(told.at("pointsman.endpoint"), "gpu-1");
    EXPECT_EQ(told.at("gen_ai.request.model"), "llama3.2:3b");
  }
}

// OpenTelemetry's conventions for HTTP: a server's 4xx is no error of the server, a client's is one of the client.
TEST_F(RequestSpans, SayWhatIsAnError) {
  struct Case {
    int status;
    std::string_view cause;
    std::optional<Origin> origin;
    bool of_server;
    bool of_client;
  };
  const Case cases[] = {
      {200, "", {}, false, false},
      {400, "", Origin::client, false, true},
      {404, "", Origin::client, false, true},
      {429, "", Origin::upstream, false, true},
      {500, "", Origin::upstream, true, true},
      {200, "upstream_died", Origin::upstream, true, true},
      {502, "connection_lost", Origin::upstream, true, true},
      {0, "client_left", Origin::client, false, false},
      {200, "client_left", Origin::client, false, false},
      {101, "idle", Origin::client, false, false},
      {101, "client_protocol", Origin::client, false, false},
      {101, "upstream_protocol", Origin::upstream, true, true},
      {101, "uncountable", Origin::upstream, true, true},
      {101, "gateway_stops", Origin::ourselves, true, false},
      {200, "internal_error", Origin::ourselves, true, true},
  };
  for (const auto& each : cases) {
    SCOPED_TRACE(each.status);
    SCOPED_TRACE(each.cause);
    trace_.emplace(ids_, std::nullopt, 1, true);
    attempt(each.status, each.cause);
    record_.status = each.status;
    record_.cause = each.cause;
    record_.origin = each.origin;
    const auto all = spans();
    EXPECT_EQ(all[0].status == Span::Status::error, each.of_server);
    EXPECT_EQ(attributes(all[0]).contains("error.type"), each.of_server);
    EXPECT_EQ(all[1].status == Span::Status::error, each.of_client);
    EXPECT_EQ(attributes(all[1]).contains("error.type"), each.of_client);
    EXPECT_EQ(attributes(all[1])["pointsman.cause"], each.cause);
  }
}

// It is cut in either case; who caused that is what the request says.
TEST_F(RequestSpans, SayWhoGaveAnAttemptUp) {
  for (const std::string_view cause : {"client_left", "gateway_stops"}) {
    trace_.emplace(ids_, std::nullopt, 1, true);
    attempt(0, "cancelled");
    record_.status = 0;
    record_.cause = cause;
    const auto all = spans();
    EXPECT_EQ(all[1].status, Span::Status::unset);
    EXPECT_EQ(attributes(all[1])["pointsman.cause"], cause);
  }
}

TEST_F(RequestSpans, AreNamedByOurOwnWords) {
  struct Case {
    std::string_view method;
    std::string_view route;
    std::string name;
    std::string path;
  };
  const Case cases[] = {
      {"GET", "/v1/models", "GET /v1/models", "/v1/models"},
      {"GET", "/v1/responses (websocket)", "GET /v1/responses", "/v1/responses"},
      {"DELETE", "/v1/responses/{id}", "DELETE /v1/responses/{id}", ""},
      {"GET", "none", "GET", ""},
      {"other", "none", "HTTP", ""},
      {"", "none", "HTTP", ""},
  };
  for (const auto& each : cases) {
    record_.method = each.method;
    record_.route = each.route;
    const auto span = first();
    EXPECT_EQ(span.name, each.name);
    EXPECT_EQ(attributes(span)["url.path"], each.path);
  }
}

// What others named is cut, and not in the middle of a character.
TEST_F(RequestSpans, AreBounded) {
  const std::string model = std::string(255, 'm') + "\u00e9" + std::string(10'000, 'm');
  record_.model = model;
  EXPECT_EQ(attributes(first())["gen_ai.request.model"], std::string(255, 'm'));
}

TEST_F(RequestSpans, TellUsageOnceWhereItWasFetched) {
  record_.background = observe::Background::fetched;
  record_.route = "/v1/responses/{id}";
  record_.input_tokens = 5;
  const auto told = attributes(first());
  EXPECT_FALSE(told.contains("gen_ai.usage.input_tokens"));
  EXPECT_FALSE(told.contains("gen_ai.operation.name"));
}

}  // namespace
}  // namespace pointsman::traces
