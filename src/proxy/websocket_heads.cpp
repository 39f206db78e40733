#include "pointsman/proxy/websocket_heads.hpp"

#include "pointsman/base/percent_encoding.hpp"
#include "pointsman/http/framing.hpp"
#include "pointsman/http/status.hpp"
#include "pointsman/http/websocket_handshake.hpp"
#include "pointsman/proxy/heads.hpp"

namespace pointsman::proxy {
namespace {

using http::equal_ignoring_case;

constexpr std::string_view switches = "Connection: Upgrade\r\nUpgrade: websocket\r\n";
constexpr std::string_view handshake_prefix = "Sec-WebSocket-";

bool is_of_handshake(const http::Field& field) {
  return equal_ignoring_case(field.name.substr(0, handshake_prefix.size()), handshake_prefix);
}

std::string begin_handshake(const http::RequestHead& request, const HandshakeTarget& target) {
  std::string text = "GET ";
  text.append(target.endpoint.url.base_path).append(target.path).append(target.query).append(" HTTP/1.1\r\n");
  http::append_field(text, "Host", target.endpoint.host_header);
  text += switches;
  for (const auto& field : request.fields) {
    if (passes_on(field, request.fields, target.endpoint) && !is_of_handshake(field) &&
        !is_of_trace(field, target.trace)) {
      http::append_field(text, field.name, field.value);
    }
  }
  append_key(text, target.endpoint);
  append_trace(text, target.trace);
  return text;
}

}  // namespace

std::string passed_handshake(const http::RequestHead& request, const HandshakeTarget& target) {
  std::string text = begin_handshake(request, target);
  for (const auto& field : request.fields) {
    if (!is_of_handshake(field)) continue;
    const bool names_protocols = equal_ignoring_case(field.name, "Sec-WebSocket-Protocol");
    const std::string value = names_protocols ? http::without_keys(field.value) : std::string(field.value);
    if (!value.empty()) http::append_field(text, field.name, value);
  }
  return text + "\r\n";
}

std::string own_handshake(const http::RequestHead& request, const HandshakeTarget& target, std::string_view key) {
  std::string text = begin_handshake(request, target);
  http::append_field(text, "Sec-WebSocket-Version", "13");
  http::append_field(text, "Sec-WebSocket-Key", key);
  return text + "\r\n";
}

std::string passed_acceptance(const http::ResponseHead& head, const OwnFields& own) {
  std::string text = http::status_line(101);
  text += switches;
  bool has_request_id = false;
  for (const auto& field : head.fields) {
    if (http::is_hop_by_hop(field, head.fields)) continue;
    http::append_field(text, field.name, field.value);
    has_request_id = has_request_id || field.known == http::FieldName::x_request_id;
  }
  if (!has_request_id) http::append_field(text, "x-request-id", own.request_id);
  http::append_field(text, "x-pointsman-endpoint", own.endpoint);
  return text + "\r\n";
}

std::string own_acceptance(std::string_view key, std::string_view request_id) {
  std::string text = http::status_line(101);
  text += switches;
  http::append_field(text, "Sec-WebSocket-Accept", http::websocket_accept(key));
  http::append_field(text, "x-request-id", request_id);
  return text + "\r\n";
}

std::string with_model(std::string_view query, std::string_view model) {
  constexpr std::string_view name = "model=";
  std::string changed;
  while (!query.empty()) {
    // A parameter, with the character in front of it.
    const auto end = std::min(query.find('&', 1), query.size());
    const auto parameter = query.substr(0, end);
    query.remove_prefix(end);
    if (parameter.substr(1).starts_with(name)) {
      changed.append(parameter.substr(0, 1 + name.size())).append(percent_encoded(model));
    } else {
      changed += parameter;
    }
  }
  return changed;
}

}  // namespace pointsman::proxy
