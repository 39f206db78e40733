#include "pointsman/observe/ending.hpp"

#include <algorithm>
#include <array>

namespace pointsman::observe {
namespace {

struct Row {
  std::string_view cause;
  Ended ended;
  Origin origin;
};

// What is not here was refused, and the status says whose fault that is.
constexpr std::array<Row, 16> rows{{
    {"client_left", Ended::client_left, Origin::client},
    {"cancelled", Ended::client_left, Origin::client},
    {"gateway_stops", Ended::gateway_stopped, Origin::ourselves},
    {"upstream_died", Ended::upstream_died, Origin::upstream},
    {"upstream_protocol", Ended::upstream_died, Origin::upstream},
    {"uncountable", Ended::upstream_died, Origin::upstream},
    {"timeout", Ended::timed_out, Origin::upstream},
    {"idle", Ended::timed_out, Origin::client},
    {"unreachable", Ended::failed, Origin::upstream},
    {"connection_lost", Ended::failed, Origin::upstream},
    {"protocol", Ended::failed, Origin::upstream},
    {"upstream_error", Ended::failed, Origin::upstream},
    {"no_healthy_endpoint", Ended::refused, Origin::upstream},
    {"overloaded", Ended::refused, Origin::ourselves},
    {"internal", Ended::broken, Origin::ourselves},
    {"internal_error", Ended::broken, Origin::ourselves},
}};

// Whose fault an endpoint's answer is: 408 and 429 say that it has too much to do.
std::optional<Origin> origin_of_answer(int status) {
  if (status < 400) return std::nullopt;
  return status < 500 && status != 408 && status != 429 ? Origin::client : Origin::upstream;
}

// 501 refuses what no endpoint offers; 101 is the status of a WebSocket connection that was refused in a message.
Origin origin_of_refusal(int status) { return status < 500 || status == 501 ? Origin::client : Origin::ourselves; }

}  // namespace

std::string_view name(Ended ended) {
  switch (ended) {
    case Ended::complete: return "complete";
    case Ended::client_left: return "client_left";
    case Ended::upstream_died: return "upstream_died";
    case Ended::timed_out: return "timed_out";
    case Ended::failed: return "failed";
    case Ended::refused: return "refused";
    case Ended::gateway_stopped: return "gateway_stopped";
    case Ended::broken: return "broken";
  }
  return "broken";
}

Ending ending_of(std::string_view cause, int status, bool reached_endpoint) {
  if (cause.empty()) return {Ended::complete, origin_of_answer(status)};
  const auto* const row = std::ranges::find(rows, cause, &Row::cause);
  if (row == rows.end()) return {Ended::refused, origin_of_refusal(status)};
  // Who sends nothing before there is an endpoint is the client.
  if (row->ended == Ended::timed_out && !reached_endpoint) return {Ended::timed_out, Origin::client};
  return {row->ended, row->origin};
}

}  // namespace pointsman::observe
