#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "pointsman/base/clock.hpp"
#include "pointsman/base/error.hpp"

// What the end of an attempt says: of the endpoint, and of what may become of the request. No I/O.
namespace pointsman::routing {

enum class Finding : std::uint8_t {
  healthy,
  backpressure,  // it has too much to do, or is loading: it gets fewer requests
  fault,         // refused, reset, timed out, 5xx, broken HTTP: its breaker counts it
  neither,       // it is about the request, or about what the endpoint offers
};

// Why a request is moved.
enum class Reason : std::uint8_t {
  none,
  unreachable,      // no connection, or not in time; nothing was sent
  connection_lost,  // before its answer
  protocol,         // no HTTP, or framing that is refused
  timeout,          // no answer within the endpoint's limit
  silent,           // no answer within failover_after
  busy,             // 429, 503, 529
  error,            // 408 and every other 5xx
};
inline constexpr std::size_t reason_count = 8;

std::string_view name(Reason reason);

struct Judgement {
  Finding finding = Finding::healthy;
  Reason reason = Reason::none;         // none: the request stays where it is
  bool may_repeat = false;              // the same endpoint may be asked once more, if there is no other
  std::optional<Milliseconds> pause{};  // what the endpoint asks for

  bool may_move() const { return reason != Reason::none; }
  bool nothing_was_sent() const { return reason == Reason::unreachable; }

  bool operator==(const Judgement&) const = default;
};

// `pause`: what its Retry-After says.
Judgement judge(int status, std::optional<Milliseconds> pause = std::nullopt);
// Of an attempt without an answer; `was_impatient`: it was failover_after that passed.
Judgement judge(const Error& error, bool was_impatient = false);

}  // namespace pointsman::routing
