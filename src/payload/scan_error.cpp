#include "scan_error.hpp"

#include <utility>

#include "structure.hpp"

namespace pointsman::payload {
namespace {

std::string description(simdjson::error_code error) {
  switch (error) {
    case simdjson::EMPTY: return "it is empty";
    case simdjson::UTF8_ERROR: return "it is not UTF-8";
    case simdjson::UNCLOSED_STRING: return "a string does not end";
    case simdjson::UNESCAPED_CHARS: return "a string contains a control character that is not escaped";
    case simdjson::STRING_ERROR: return "a key contains an invalid escape sequence";
    case simdjson::DEPTH_ERROR: return "it is nested deeper than " + std::to_string(max_depth) + " levels";
    case simdjson::INCOMPLETE_ARRAY_OR_OBJECT: return "it does not end with the brace that closes the object";
    case simdjson::TRAILING_CONTENT: return "something follows the object";
    default: return "a brace, bracket, comma, colon or value is missing or out of place";
  }
}

}  // namespace

Error refusal(std::string message) { return {ErrorCode::invalid_input, Origin::client, false, std::move(message)}; }

Error scan_error(simdjson::error_code error, std::optional<std::size_t> offset) {
  switch (error) {
    case simdjson::MEMALLOC:
      return {ErrorCode::overloaded, Origin::ourselves, true,
              "There is not enough memory to read the request body. Try again later, or send less."};
    case simdjson::CAPACITY:
      return {ErrorCode::too_large, Origin::client, false, "The request body is larger than 4 GiB. Send less."};
    case simdjson::INCORRECT_TYPE: return refusal("The request body must be a JSON object.");
    default: break;
  }
  std::string message = "The request body is not valid JSON: ";
  message += description(error);
  if (offset) message += " (near byte " + std::to_string(*offset) + ")";
  message += ". Send one JSON object.";
  return refusal(std::move(message));
}

}  // namespace pointsman::payload
