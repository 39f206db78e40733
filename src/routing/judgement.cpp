#include "pointsman/routing/judgement.hpp"

#include <array>

namespace pointsman::routing {
namespace {

constexpr std::array<std::string_view, reason_count> reason_names{
    "none", "unreachable", "connection_lost", "protocol", "timeout", "silent", "busy", "error"};

}  // namespace

std::string_view name(Reason reason) { return reason_names[static_cast<std::size_t>(reason)]; }

Judgement judge(int status, std::optional<Milliseconds> pause) {
  if (status < 400) return {};
  switch (status) {
    case 429:
    case 503:
    case 529: return {Finding::backpressure, Reason::busy, false, pause};
    case 408: return {Finding::neither, Reason::error, false, pause};
    // It says what the endpoint offers. Another one may offer more.
    case 501: return {Finding::neither, Reason::error, false, std::nullopt};
    case 500: return {Finding::fault, Reason::error, true, pause};
    default: break;
  }
  if (status < 500) return {Finding::neither};
  return {Finding::fault, Reason::error, false, pause};
}

Judgement judge(const Error& error, bool was_impatient) {
  if (error.origin == Origin::client || error.code == ErrorCode::cancelled) return {Finding::neither};
  // Nowhere else there is a socket left either.
  if (error.code == ErrorCode::overloaded) return {Finding::neither};
  if (error.may_retry) return {Finding::fault, Reason::unreachable, error.code == ErrorCode::unreachable};
  if (was_impatient) return {Finding::fault, Reason::silent};
  switch (error.code) {
    case ErrorCode::connection_lost: return {Finding::fault, Reason::connection_lost, true};
    case ErrorCode::timeout: return {Finding::fault, Reason::timeout};
    case ErrorCode::protocol: return {Finding::fault, Reason::protocol};
    default: return {Finding::neither, Reason::error};
  }
}

}  // namespace pointsman::routing
