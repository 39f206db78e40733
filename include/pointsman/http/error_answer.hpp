#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "pointsman/base/clock.hpp"
#include "pointsman/base/json_string.hpp"

// Answers of our own that say what went wrong, in the shape that the route's SDKs understand.
namespace pointsman::http {

// Whose shape errors take.
enum class Dialect : std::uint8_t { openai, anthropic };

struct ErrorAnswer {
  int status = 500;
  std::string_view type = "server_error";  // a literal
  std::string_view code;                   // a literal; empty: null
  std::string_view param;                  // a literal; empty: null
  std::string message;                     // what happened, where, and what to do
  std::optional<std::chrono::seconds> retry_after;
  std::optional<Milliseconds> queued;  // how long the request waited for a place at an endpoint; absent: it did not
  std::string fields;                  // further fields of the head, each ending in CRLF
  bool final = false;                  // true: SDKs must not retry (x-should-retry: false)
  std::string_view allow;              // of a 405: the methods that are allowed
  std::string_view accept;  // of a 415: a literal, the media type that is taken; empty: it is the coding that is not
};

// OpenAI's: {"error":{"message","type","param","code"}}, all four keys always. Anthropic's:
// {"type":"error","error":{"type","message"},"request_id"}, whose type follows from the status.
std::string body(const ErrorAnswer& answer, Dialect dialect, std::string_view request_id);

using pointsman::json_string;

}  // namespace pointsman::http
