#include "pointsman/base/error.hpp"

#include <stdexcept>

namespace pointsman {

std::string_view name(ErrorCode code) {
  switch (code) {
    case ErrorCode::invalid_input: return "invalid_input";
    case ErrorCode::not_found: return "not_found";
    case ErrorCode::not_supported: return "not_supported";
    case ErrorCode::unauthorized: return "unauthorized";
    case ErrorCode::too_large: return "too_large";
    case ErrorCode::unreachable: return "unreachable";
    case ErrorCode::connection_lost: return "connection_lost";
    case ErrorCode::protocol: return "protocol";
    case ErrorCode::timeout: return "timeout";
    case ErrorCode::cancelled: return "cancelled";
    case ErrorCode::overloaded: return "overloaded";
    case ErrorCode::storage: return "storage";
    case ErrorCode::internal: return "internal";
  }
  return "internal";
}

std::string_view name(Origin origin) {
  switch (origin) {
    case Origin::client: return "client";
    case Origin::upstream: return "upstream";
    case Origin::ourselves: return "ourselves";
  }
  return "ourselves";
}

void throw_exception_from_error(const Error& error, const boost::source_location& location) {
  throw std::logic_error(error.message + " (" + location.to_string() + ")");
}

}  // namespace pointsman
