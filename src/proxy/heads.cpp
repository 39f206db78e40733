#include "pointsman/proxy/heads.hpp"

#include "pointsman/http/status.hpp"

namespace pointsman::proxy {
namespace {

using http::equal_ignoring_case;

// Room for nearly every head, and small enough for the free lists that malloc keeps for each thread.
constexpr std::size_t usual_head_size = 1000;

// Credentials and framing of the client end here, and what it asks of us.
bool is_replaced(http::FieldName name) {
  return name == http::FieldName::host || name == http::FieldName::authorization ||
         name == http::FieldName::x_api_key || name == http::FieldName::expect ||
         name == http::FieldName::x_pointsman_debug;
}

// x-ratelimit-limit-requests and its like.
bool tells_rate_limit(std::string_view name) {
  static constexpr std::string_view prefix = "x-ratelimit-";
  return equal_ignoring_case(name.substr(0, prefix.size()), prefix);
}

bool is_of_type(const http::ResponseHead& head, std::string_view media_type) {
  const auto type = head.fields.find(http::FieldName::content_type);
  if (!type || !equal_ignoring_case(type->substr(0, media_type.size()), media_type)) return false;
  const auto behind = type->substr(media_type.size());
  return behind.empty() || behind.front() == ';' || behind.front() == ' ' || behind.front() == '\t';
}

}  // namespace

bool passes_on(const http::Field& field, const http::Fields& fields, const registry::SnapshotEndpoint& endpoint) {
  // A key of the client's by the same name would go where the endpoint's own belongs.
  return !is_replaced(field.known) && !http::is_hop_by_hop(field, fields) &&
         !equal_ignoring_case(field.name, endpoint.key_header);
}

void append_key(std::string& head, const registry::SnapshotEndpoint& endpoint) {
  if (!endpoint.authorization.empty()) http::append_field(head, endpoint.key_header, endpoint.authorization.reveal());
}

bool is_of_trace(const http::Field& field, const observe::Trace* trace) {
  if (trace == nullptr) return false;
  if (equal_ignoring_case(field.name, "traceparent")) return true;
  return !trace->is_continued() && equal_ignoring_case(field.name, "tracestate");
}

void append_trace(std::string& head, const observe::Trace* trace) {
  if (trace != nullptr) http::append_field(head, "traceparent", trace->traceparent());
}

OutgoingFraming outgoing_framing(const http::Framing& incoming, const http::RequestHead& request) {
  switch (incoming.kind) {
    case http::BodyKind::none: return OutgoingFraming::none;
    case http::BodyKind::length: return OutgoingFraming::length;
    case http::BodyKind::chunked:
    case http::BodyKind::until_close: break;
  }
  return request.minor_version == 0 ? OutgoingFraming::until_close : OutgoingFraming::chunked;
}

bool is_event_stream(const http::ResponseHead& head) { return is_of_type(head, "text/event-stream"); }

bool is_json(const http::ResponseHead& head) { return is_of_type(head, "application/json"); }

std::string response_head(const http::ResponseHead& head, const http::Framing& incoming, OutgoingFraming outgoing,
                          bool keep_alive, const OwnFields& own) {
  std::string text;
  text.reserve(usual_head_size);
  text += "HTTP/1.1 ";
  text += std::to_string(head.status);
  text += ' ';
  text += head.reason;
  text += "\r\n";
  bool has_request_id = false;
  bool says_buffering = false;
  bool tells_limits = own.rate_limits == nullptr;
  http::FieldRuns passed(text);
  for (const auto& field : head.fields) {
    // Of a body that is not sent (HEAD, 304), the length still tells the client something.
    const bool told_length =
        outgoing == OutgoingFraming::none && head.status != 204 && field.known == http::FieldName::content_length;
    if (!told_length && http::is_hop_by_hop(field, head.fields)) continue;
    passed.add(field);
    has_request_id = has_request_id || field.known == http::FieldName::x_request_id;
    tells_limits = tells_limits || tells_rate_limit(field.name);
    says_buffering = says_buffering || field.known == http::FieldName::x_accel_buffering;
  }
  passed.finish();
  if (!has_request_id) http::append_field(text, "x-request-id", own.request_id);
  http::append_field(text, "x-pointsman-endpoint", own.endpoint);
  if (!own.fallback.empty()) http::append_field(text, "x-pointsman-fallback", own.fallback);
  if (own.queued) http::append_field(text, "x-pointsman-queue-ms", std::to_string(own.queued->count()));
  if (!tells_limits) own.rate_limits->append_to(text);
  if (!says_buffering && is_event_stream(head)) text += "X-Accel-Buffering: no\r\n";
  if (outgoing == OutgoingFraming::length) http::append_field(text, "Content-Length", std::to_string(incoming.length));
  if (outgoing == OutgoingFraming::chunked) text += "Transfer-Encoding: chunked\r\n";
  text += keep_alive ? "\r\n" : "Connection: close\r\n\r\n";
  return text;
}

std::string request_head(const http::RequestHead& request, const registry::SnapshotEndpoint& endpoint,
                         std::string_view base, std::string_view path, SentBody body, const observe::Trace* trace) {
  std::string text;
  text.reserve(usual_head_size);
  text.append(request.method).append(" ").append(base).append(path).append(request.query);
  text += " HTTP/1.1\r\n";
  http::append_field(text, "Host", endpoint.host_header);
  http::FieldRuns passed(text);
  for (const auto& field : request.fields) {
    if (!passes_on(field, request.fields, endpoint) || is_of_trace(field, trace)) continue;
    if (body.decompressed && field.known == http::FieldName::content_encoding) continue;
    passed.add(field);
  }
  passed.finish();
  append_key(text, endpoint);
  append_trace(text, trace);
  // RFC 9110 §8.6: methods for which a body means nothing go without.
  const bool may_omit =
      body.size == 0 && (request.method == "GET" || request.method == "HEAD" || request.method == "DELETE");
  if (!may_omit) http::append_field(text, "Content-Length", std::to_string(body.size));
  text += "\r\n";
  return text;
}

}  // namespace pointsman::proxy
