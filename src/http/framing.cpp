#include "pointsman/http/framing.hpp"

#include <algorithm>

namespace pointsman::http {
namespace {

// One or more equal lengths, in one field or several (RFC 9112 §6.3): false if they differ or are no plain numbers.
bool read_lengths(const Fields& fields, std::optional<std::uint64_t>& length) {
  for (const auto& field : fields) {
    if (field.known != FieldName::content_length) continue;
    std::string_view rest = field.value;
    for (bool more = true; more;) {
      const auto comma = rest.find(',');
      std::string_view digits = rest.substr(0, comma);
      more = comma != std::string_view::npos;
      if (more) rest.remove_prefix(comma + 1);
      while (!digits.empty() && digits.front() == ' ') digits.remove_prefix(1);
      while (!digits.empty() && digits.back() == ' ') digits.remove_suffix(1);
      if (digits.empty() || digits.size() > 18) return false;
      std::uint64_t value = 0;
      for (const char c : digits) {
        if (c < '0' || c > '9') return false;
        value = 10 * value + static_cast<std::uint64_t>(c - '0');
      }
      if (length && *length != value) return false;
      length = value;
    }
  }
  return true;
}

bool keeps_alive(int minor_version, const Fields& fields) {
  if (fields.has_token(FieldName::connection, "close")) return false;
  return minor_version >= 1 || fields.has_token(FieldName::connection, "keep-alive");
}

// What requests and responses have in common. Leaves `none` where no field says anything.
std::optional<Rejection> judge_body(int minor_version, const Fields& fields, Framing& framing) {
  std::optional<std::uint64_t> length;
  if (!read_lengths(fields, length)) return Rejection{400, "Content-Length is not one plain number"};
  const auto encodings = fields.count(FieldName::transfer_encoding);
  if (encodings > 0) {
    if (length) return Rejection{400, "Content-Length and Transfer-Encoding exclude each other"};
    if (minor_version == 0) return Rejection{400, "HTTP/1.0 has no Transfer-Encoding"};
    if (encodings > 1 || !equal_ignoring_case(*fields.find(FieldName::transfer_encoding), "chunked")) {
      return Rejection{400, "the only Transfer-Encoding understood is one chunked"};
    }
    framing.kind = BodyKind::chunked;
  } else if (length) {
    framing.kind = BodyKind::length;
    framing.length = *length;
  }
  return std::nullopt;
}

bool is_plain_target(const RequestHead& head) {
  if (head.target == "*") return head.method == "OPTIONS";
  const bool printable = std::all_of(head.target.begin(), head.target.end(),
                                     [](char c) { return c > 0x20 && c < 0x7f && c != '#' && c != '\\'; });
  return printable && head.target.starts_with('/');
}

bool is_plain_host(std::string_view host) {
  return !host.empty() && std::all_of(host.begin(), host.end(), [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           std::string_view(".-_:[]%~").find(c) != std::string_view::npos;
  });
}

}  // namespace

std::optional<Rejection> judge(const RequestHead& head, Framing& framing) {
  framing = Framing();
  framing.keep_alive = keeps_alive(head.minor_version, head.fields);
  if (!is_plain_target(head)) return Rejection{400, "the request target must be a path of printable ASCII"};
  const auto hosts = head.fields.count(FieldName::host);
  if (hosts > 1 || (hosts == 0 && head.minor_version >= 1)) {
    return Rejection{400, "a request needs exactly one Host field"};
  }
  if (hosts == 1 && !is_plain_host(*head.fields.find(FieldName::host)))
    return Rejection{400, "the Host field is malformed"};
  return judge_body(head.minor_version, head.fields, framing);
}

std::optional<Rejection> judge(const ResponseHead& head, bool answers_head_request, Framing& framing) {
  framing = Framing();
  if (head.status < 100) return Rejection{502, "a status has to be 100 or more"};
  framing.keep_alive = keeps_alive(head.minor_version, head.fields);
  if (const auto rejection = judge_body(head.minor_version, head.fields, framing)) return rejection;
  const bool never_has_body = answers_head_request || head.status < 200 || head.status == 204 || head.status == 304;
  if (never_has_body) {
    framing.kind = BodyKind::none;
  } else if (framing.kind == BodyKind::none) {
    framing.kind = BodyKind::until_close;
    framing.keep_alive = false;
  }
  return std::nullopt;
}

bool is_hop_by_hop(const Field& field, const Fields& fields) {
  switch (field.known) {
    case FieldName::connection:
    case FieldName::content_length:
    case FieldName::http2_settings:
    case FieldName::keep_alive:
    case FieldName::proxy_authenticate:
    case FieldName::proxy_authorization:
    case FieldName::proxy_connection:
    case FieldName::te:
    case FieldName::trailer:
    case FieldName::transfer_encoding:
    case FieldName::upgrade: return true;
    default: break;
  }
  return fields.connection_names_fields() && fields.has_token(FieldName::connection, field.name);
}

}  // namespace pointsman::http
