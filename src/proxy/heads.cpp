#include "pointsman/proxy/heads.hpp"

#include "pointsman/http/status.hpp"

namespace pointsman::proxy {
namespace {

using http::equal_ignoring_case;

void append_field(std::string& head, std::string_view name, std::string_view value) {
  head.append(name).append(": ").append(value).append("\r\n");
}

// Credentials and framing of the client end here.
bool is_replaced(std::string_view name) {
  return equal_ignoring_case(name, "host") || equal_ignoring_case(name, "authorization") ||
         equal_ignoring_case(name, "x-api-key") || equal_ignoring_case(name, "expect");
}

}  // namespace

OutgoingFraming outgoing_framing(const http::Framing& incoming, const http::RequestHead& request) {
  switch (incoming.kind) {
    case http::BodyKind::none: return OutgoingFraming::none;
    case http::BodyKind::length: return OutgoingFraming::length;
    case http::BodyKind::chunked:
    case http::BodyKind::until_close: break;
  }
  return request.minor_version == 0 ? OutgoingFraming::until_close : OutgoingFraming::chunked;
}

std::string response_head(const http::ResponseHead& head, const http::Framing& incoming, OutgoingFraming outgoing,
                          bool keep_alive, OwnFields own) {
  std::string text;
  text.reserve(1024);
  text += "HTTP/1.1 ";
  text += std::to_string(head.status);
  text += ' ';
  text += head.reason;
  text += "\r\n";
  bool has_request_id = false;
  bool is_event_stream = false;
  bool says_buffering = false;
  for (const auto& [name, value] : head.fields) {
    // Of a body that is not sent (HEAD, 304), the length still tells the client something.
    const bool told_length =
        outgoing == OutgoingFraming::none && head.status != 204 && equal_ignoring_case(name, "content-length");
    if (!told_length && http::is_hop_by_hop(name, head.fields)) continue;
    append_field(text, name, value);
    has_request_id = has_request_id || equal_ignoring_case(name, "x-request-id");
    says_buffering = says_buffering || equal_ignoring_case(name, "x-accel-buffering");
    is_event_stream = is_event_stream || (equal_ignoring_case(name, "content-type") &&
                                          equal_ignoring_case(value.substr(0, 17), "text/event-stream"));
  }
  if (!has_request_id) append_field(text, "x-request-id", own.request_id);
  append_field(text, "x-pointsman-endpoint", own.endpoint);
  if (is_event_stream && !says_buffering) text += "X-Accel-Buffering: no\r\n";
  if (outgoing == OutgoingFraming::length) append_field(text, "Content-Length", std::to_string(incoming.length));
  if (outgoing == OutgoingFraming::chunked) text += "Transfer-Encoding: chunked\r\n";
  text += keep_alive ? "\r\n" : "Connection: close\r\n\r\n";
  return text;
}

std::string request_head(const http::RequestHead& request, const registry::SnapshotEndpoint& endpoint,
                         std::string_view path, std::size_t body_size) {
  std::string text;
  text.reserve(1024);
  text.append(request.method).append(" ").append(endpoint.url.base_path).append(path).append(request.query);
  text += " HTTP/1.1\r\n";
  append_field(text, "Host", endpoint.host_header);
  for (const auto& [name, value] : request.fields) {
    if (is_replaced(name) || http::is_hop_by_hop(name, request.fields)) continue;
    append_field(text, name, value);
  }
  if (!endpoint.authorization.empty()) append_field(text, "Authorization", endpoint.authorization.reveal());
  append_field(text, "Content-Length", std::to_string(body_size));
  text += "\r\n";
  return text;
}

}  // namespace pointsman::proxy
