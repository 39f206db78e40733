#pragma once

#include <boost/system/result.hpp>
#include <string>
#include <string_view>

// Errors are values. Each says whose fault it was and whether the same thing may be tried again; the message is for a
// person: what happened, where, and what to do.
namespace pointsman {

enum class Origin {
  client,     // the request is at fault
  upstream,   // an endpoint is at fault, or the way to it
  ourselves,  // the gateway, its configuration or its machine is at fault
};

enum class ErrorCode {
  invalid_input,    // does not follow the syntax or the rules it must follow
  not_found,        // names something that is not there
  not_supported,    // is understood, but not offered
  unauthorized,     // no credentials, or wrong ones
  too_large,        // exceeds a bound
  unreachable,      // no connection could be made
  connection_lost,  // a connection broke while it was needed
  protocol,         // the other side broke its protocol
  timeout,          // a deadline passed
  cancelled,        // nobody waits for the result any more
  overloaded,       // a bound of the process or of an endpoint is reached
  storage,          // disk or database
  internal,         // a broken invariant that could be answered
};

struct Error {
  ErrorCode code = ErrorCode::internal;
  Origin origin = Origin::ourselves;
  bool may_retry = false;
  std::string message;
};

std::string_view name(ErrorCode code);
std::string_view name(Origin origin);

template <class T>
using Result = boost::system::result<T, Error>;

// Called by Result::value() when there is none: a broken invariant, so it throws std::logic_error with the message.
[[noreturn]] void throw_exception_from_error(const Error& error, const boost::source_location& location);

}  // namespace pointsman
