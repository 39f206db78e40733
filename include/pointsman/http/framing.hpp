#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "pointsman/http/head.hpp"

// The framing gate: how long a message is and whether it may pass at all (RFC 9112 §6, §9.3). Stricter than the RFC
// allows parsers to be, because a message that two parsers frame differently smuggles a request. Decides by the head
// alone; no I/O.
namespace pointsman::http {

enum class BodyKind : std::uint8_t {
  none,
  length,  // `length` bytes
  chunked,
  until_close,  // responses only: the connection's end is the body's end
};

struct Framing {
  BodyKind kind = BodyKind::none;
  std::uint64_t length = 0;
  bool keep_alive = true;  // as far as the other side says
};

// Nothing: the message passes and `framing` is set.
std::optional<Rejection> judge(const RequestHead& head, Framing& framing);
std::optional<Rejection> judge(const ResponseHead& head, bool answers_head_request, Framing& framing);

// Fields that belong to one connection and are never passed on (RFC 9110 §7.6.1), framing included.
bool is_hop_by_hop(const Field& field, const Fields& fields);

}  // namespace pointsman::http
