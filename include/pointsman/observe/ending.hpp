#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "pointsman/base/error.hpp"

namespace pointsman::observe {

// How a request ended.
enum class Ended : std::uint8_t {
  complete,         // with a whole answer, whatever its status
  client_left,      // before its answer was whole
  upstream_died,    // within its answer: the endpoint ended, broke its protocol, fell silent or cannot be counted
  timed_out,        // nothing came in the time that there was
  failed,           // no endpoint that was tried gave an answer
  refused,          // we answered: it may not, it cannot, or there is no room
  gateway_stopped,  // before its answer was whole
  broken,           // by a fault of our own
};
inline constexpr std::size_t ended_count = 8;

std::string_view name(Ended ended);  // as the enumerators

// How it ended, and who caused the error, if it is one. A client that left caused it; it is none that anybody has to
// look after, so is_error() is false.
struct Ending {
  Ended ended = Ended::complete;
  std::optional<Origin> origin;

  bool is_error() const { return origin && ended != Ended::client_left; }
  bool operator==(const Ending&) const = default;
};

// From what a request's end was noted as: the word for its cause (empty: nothing went wrong), the status that the
// client got (0: none) and whether an endpoint was asked.
Ending ending_of(std::string_view cause, int status, bool reached_endpoint);

}  // namespace pointsman::observe
