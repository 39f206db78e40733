#include "pointsman/proxy/heads.hpp"

#include <gtest/gtest.h>

namespace pointsman::proxy {
namespace {

// The text must outlive the head, which is made of views.
http::RequestHead request(std::string_view text) {
  http::RequestHead head;
  EXPECT_EQ(http::parse(text, http::Limits(), head), std::nullopt) << text;
  return head;
}

http::ResponseHead response(std::string_view text) {
  http::ResponseHead head;
  EXPECT_EQ(http::parse(text, http::Limits(), head), std::nullopt) << text;
  return head;
}

TEST(RequestHead, IsTheClientsWithTheEndpointsIdentity) {
  registry::SnapshotEndpoint endpoint;
  endpoint.url.base_path = "/api/v1";
  endpoint.host_header = "far.example:8443";
  endpoint.authorization = Secret("Bearer theirs");
  const std::string text =
      "POST /v1/responses?beta=true HTTP/1.1\r\nHost: gateway\r\nAuthorization: Bearer ours\r\nX-API-Key: ours\r\n"
      "content-TYPE: application/json\r\nContent-Length: 5\r\nExpect: 100-continue\r\nConnection: close, x-hop\r\n"
      "X-Hop: 1\r\nx-pointsman-debug: 1\r\nHTTP-Referer: x\r\nOpenAI-Organization: o\r\n\r\n";
  EXPECT_EQ(request_head(request(text), endpoint, endpoint.url.base_path, "/responses", 7),
            "POST /api/v1/responses?beta=true HTTP/1.1\r\nHost: far.example:8443\r\ncontent-TYPE: application/json\r\n"
            "HTTP-Referer: x\r\nOpenAI-Organization: o\r\nAuthorization: Bearer theirs\r\nContent-Length: 7\r\n\r\n");
  endpoint.authorization = Secret();
  EXPECT_EQ(request_head(request(text), endpoint, endpoint.url.base_path, "/responses", 7).find("Authorization"),
            std::string::npos);
}

TEST(RequestHead, CarriesTheKeyInTheFieldThatTheEndpointWants) {
  registry::SnapshotEndpoint endpoint;
  endpoint.host_header = "h";
  endpoint.key_header = "api-key";
  endpoint.authorization = Secret("theirs");
  const std::string text =
      "POST /v1/responses HTTP/1.1\r\nHost: gateway\r\nAuthorization: Bearer ours\r\nx-api-key: ours\r\n"
      "API-Key: ours\r\nX: y\r\n\r\n";
  EXPECT_EQ(request_head(request(text), endpoint, "/v1", "/responses", 0),
            "POST /v1/responses HTTP/1.1\r\nHost: h\r\nX: y\r\napi-key: theirs\r\nContent-Length: 0\r\n\r\n");
}

TEST(RequestHead, SaysOfATraceWhereInItTheAttemptIs) {
  registry::SnapshotEndpoint endpoint;
  endpoint.host_header = "h";
  const std::string of_client = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
  const std::string text = "POST / HTTP/1.1\r\nHost: gateway\r\nTraceParent: " + of_client +
                           "\r\ntraceState: a=b\r\nX: y\r\ntracestate: c=d\r\n\r\n";
  const auto head = [&](const observe::Trace* trace) {
    return request_head(request(text), endpoint, "/v1", "", 0, trace);
  };
  EXPECT_EQ(head(nullptr), "POST /v1 HTTP/1.1\r\nHost: h\r\nTraceParent: " + of_client +
                               "\r\ntraceState: a=b\r\nX: y\r\ntracestate: c=d\r\nContent-Length: 0\r\n\r\n")
      << "as it came";
  observe::TraceIds ids;
  observe::Trace continued(ids, observe::parse_traceparent(of_client), 1, true);
  continued.begin_attempt({});
  EXPECT_EQ(head(&continued),
            "POST /v1 HTTP/1.1\r\nHost: h\r\ntraceState: a=b\r\nX: y\r\ntracestate: c=d\r\n"
            "traceparent: " +
                continued.traceparent() + "\r\nContent-Length: 0\r\n\r\n");
  EXPECT_NE(continued.traceparent(), of_client);
  observe::Trace begun(ids, std::nullopt, 1, true);
  begun.begin_attempt({});
  EXPECT_EQ(head(&begun), "POST /v1 HTTP/1.1\r\nHost: h\r\nX: y\r\ntraceparent: " + begun.traceparent() +
                              "\r\nContent-Length: 0\r\n\r\n");
}

TEST(RequestHead, SaysNothingOfACodingThatWasTakenOff) {
  registry::SnapshotEndpoint endpoint;
  endpoint.host_header = "h";
  const std::string text = "POST / HTTP/1.1\r\nHost: gateway\r\nContent-Encoding: gzip\r\nX: y\r\n\r\n";
  EXPECT_EQ(request_head(request(text), endpoint, "/v1", "", {7, true}),
            "POST /v1 HTTP/1.1\r\nHost: h\r\nX: y\r\nContent-Length: 7\r\n\r\n");
  EXPECT_EQ(request_head(request(text), endpoint, "/v1", "", 7),
            "POST /v1 HTTP/1.1\r\nHost: h\r\nContent-Encoding: gzip\r\nX: y\r\nContent-Length: 7\r\n\r\n");
}

TEST(ResponseHead, HasOurFramingAndOurFields) {
  const OwnFields own{"req_1", "gpu"};
  const auto head =
      response("HTTP/1.1 429 Slow down\r\nretry-after: 3\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n");
  http::Framing chunked{http::BodyKind::chunked, 0, true};
  EXPECT_EQ(response_head(head, chunked, OutgoingFraming::chunked, true, own),
            "HTTP/1.1 429 Slow down\r\nretry-after: 3\r\nx-request-id: req_1\r\nx-pointsman-endpoint: gpu\r\n"
            "Transfer-Encoding: chunked\r\n\r\n");
  EXPECT_EQ(response_head(head, chunked, OutgoingFraming::until_close, false, own),
            "HTTP/1.1 429 Slow down\r\nretry-after: 3\r\nx-request-id: req_1\r\nx-pointsman-endpoint: gpu\r\n"
            "Connection: close\r\n\r\n");
}

TEST(ResponseHead, SaysHowLongTheRequestWaited) {
  const OwnFields own{.request_id = "req_1", .endpoint = "gpu", .queued = Milliseconds(12)};
  const auto head = response("HTTP/1.1 204 No Content\r\n\r\n");
  EXPECT_EQ(response_head(head, {http::BodyKind::none, 0, true}, OutgoingFraming::none, true, own),
            "HTTP/1.1 204 No Content\r\nx-request-id: req_1\r\nx-pointsman-endpoint: gpu\r\n"
            "x-pointsman-queue-ms: 12\r\n\r\n");
}

TEST(ResponseHead, TellsOurLimitsWhereTheEndpointTellsNone) {
  struct Nine final : RateLimits {
    void append_to(std::string& fields) const override { fields += "x-ratelimit-limit-requests: 9\r\n"; }
  };
  const Nine limits;
  const OwnFields own{.request_id = "req_1", .endpoint = "gpu", .rate_limits = &limits};
  const http::Framing none{http::BodyKind::none, 0, true};
  EXPECT_EQ(response_head(response("HTTP/1.1 204 No Content\r\n\r\n"), none, OutgoingFraming::none, true, own),
            "HTTP/1.1 204 No Content\r\nx-request-id: req_1\r\nx-pointsman-endpoint: gpu\r\n"
            "x-ratelimit-limit-requests: 9\r\n\r\n");
  const auto tells = response("HTTP/1.1 204 No Content\r\nX-RateLimit-Remaining-Tokens: 5\r\n\r\n");
  EXPECT_EQ(response_head(tells, none, OutgoingFraming::none, true, own),
            "HTTP/1.1 204 No Content\r\nX-RateLimit-Remaining-Tokens: 5\r\nx-request-id: req_1\r\n"
            "x-pointsman-endpoint: gpu\r\n\r\n");
}

TEST(ResponseHead, KeepsTheEndpointsRequestIdAndBufferingHint) {
  const OwnFields own{"req_1", "gpu"};
  http::Framing sized{http::BodyKind::length, 12, true};
  const auto with_id = response("HTTP/1.1 200 OK\r\nX-Request-Id: theirs\r\nContent-Length: 12\r\n\r\n");
  EXPECT_EQ(response_head(with_id, sized, OutgoingFraming::length, true, own),
            "HTTP/1.1 200 OK\r\nX-Request-Id: theirs\r\nx-pointsman-endpoint: gpu\r\nContent-Length: 12\r\n\r\n");
  const auto events = response("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream; charset=utf-8\r\n\r\n");
  EXPECT_NE(response_head(events, sized, OutgoingFraming::length, true, own).find("X-Accel-Buffering: no\r\n"),
            std::string::npos);
  const auto says_so = response("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nx-accel-buffering: yes\r\n\r\n");
  EXPECT_EQ(response_head(says_so, sized, OutgoingFraming::length, true, own).find("X-Accel-Buffering: no\r\n"),
            std::string::npos);
}

TEST(OutgoingFraming, DependsOnWhatComesAndOnTheClient) {
  const auto modern = request("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
  const auto old = request("GET / HTTP/1.0\r\n\r\n");
  const auto of = [](http::BodyKind kind) { return http::Framing{kind, 3, true}; };
  EXPECT_EQ(outgoing_framing(of(http::BodyKind::length), modern), OutgoingFraming::length);
  EXPECT_EQ(outgoing_framing(of(http::BodyKind::none), modern), OutgoingFraming::none);
  EXPECT_EQ(outgoing_framing(of(http::BodyKind::chunked), modern), OutgoingFraming::chunked);
  EXPECT_EQ(outgoing_framing(of(http::BodyKind::until_close), modern), OutgoingFraming::chunked);
  EXPECT_EQ(outgoing_framing(of(http::BodyKind::chunked), old), OutgoingFraming::until_close);
  EXPECT_EQ(outgoing_framing(of(http::BodyKind::length), old), OutgoingFraming::length);
}

}  // namespace
}  // namespace pointsman::proxy
