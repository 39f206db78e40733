#include "pointsman/proxy/heads.hpp"

#include "pointsman/http/status.hpp"

namespace pointsman::proxy {
namespace {

using http::equal_ignoring_case;

// Room for nearly every head, and small enough for the free lists that malloc keeps for each thread.
constexpr std::size_t usual_head_size = 1000;

// Credentials and framing of the client end here.
bool is_replaced(http::FieldName name) {
  return name == http::FieldName::host || name == http::FieldName::authorization ||
         name == http::FieldName::x_api_key || name == http::FieldName::expect;
}

bool is_of_type(const http::ResponseHead& head, std::string_view media_type) {
  const auto type = head.fields.find(http::FieldName::content_type);
  if (!type || !equal_ignoring_case(type->substr(0, media_type.size()), media_type)) return false;
  const auto behind = type->substr(media_type.size());
  return behind.empty() || behind.front() == ';' || behind.front() == ' ' || behind.front() == '\t';
}

}  // namespace

void append_field(std::string& head, std::string_view name, std::string_view value) {
  head.append(name).append(": ").append(value).append("\r\n");
}

bool passes_on(const http::Field& field, const http::Fields& fields, const registry::SnapshotEndpoint& endpoint) {
  // A key of the client's by the same name would go where the endpoint's own belongs.
  return !is_replaced(field.known) && !http::is_hop_by_hop(field, fields) &&
         !equal_ignoring_case(field.name, endpoint.key_header);
}

void append_key(std::string& head, const registry::SnapshotEndpoint& endpoint) {
  if (!endpoint.authorization.empty()) append_field(head, endpoint.key_header, endpoint.authorization.reveal());
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
                          bool keep_alive, OwnFields own) {
  std::string text;
  text.reserve(usual_head_size);
  text += "HTTP/1.1 ";
  text += std::to_string(head.status);
  text += ' ';
  text += head.reason;
  text += "\r\n";
  bool has_request_id = false;
  bool says_buffering = false;
  for (const auto& field : head.fields) {
    // Of a body that is not sent (HEAD, 304), the length still tells the client something.
    const bool told_length =
        outgoing == OutgoingFraming::none && head.status != 204 && field.known == http::FieldName::content_length;
    if (!told_length && http::is_hop_by_hop(field, head.fields)) continue;
    append_field(text, field.name, field.value);
    has_request_id = has_request_id || field.known == http::FieldName::x_request_id;
    says_buffering = says_buffering || field.known == http::FieldName::x_accel_buffering;
  }
  if (!has_request_id) append_field(text, "x-request-id", own.request_id);
  append_field(text, "x-pointsman-endpoint", own.endpoint);
  if (!own.fallback.empty()) append_field(text, "x-pointsman-fallback", own.fallback);
  if (own.queued) append_field(text, "x-pointsman-queue-ms", std::to_string(own.queued->count()));
  if (!says_buffering && is_event_stream(head)) text += "X-Accel-Buffering: no\r\n";
  if (outgoing == OutgoingFraming::length) append_field(text, "Content-Length", std::to_string(incoming.length));
  if (outgoing == OutgoingFraming::chunked) text += "Transfer-Encoding: chunked\r\n";
  text += keep_alive ? "\r\n" : "Connection: close\r\n\r\n";
  return text;
}

std::string request_head(const http::RequestHead& request, const registry::SnapshotEndpoint& endpoint,
                         std::string_view base, std::string_view path, SentBody body) {
  std::string text;
  text.reserve(usual_head_size);
  text.append(request.method).append(" ").append(base).append(path).append(request.query);
  text += " HTTP/1.1\r\n";
  append_field(text, "Host", endpoint.host_header);
  for (const auto& field : request.fields) {
    if (!passes_on(field, request.fields, endpoint)) continue;
    if (body.decompressed && field.known == http::FieldName::content_encoding) continue;
    append_field(text, field.name, field.value);
  }
  append_key(text, endpoint);
  // RFC 9110 §8.6: methods for which a body means nothing go without.
  const bool may_omit =
      body.size == 0 && (request.method == "GET" || request.method == "HEAD" || request.method == "DELETE");
  if (!may_omit) append_field(text, "Content-Length", std::to_string(body.size));
  text += "\r\n";
  return text;
}

}  // namespace pointsman::proxy
