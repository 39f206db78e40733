#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "pointsman/http/error_answer.hpp"
#include "pointsman/payload/request_fields.hpp"

namespace pointsman::proxy {

// What a client says over Responses' WebSocket, as far as routing needs it: mostly a `response.create` event, which is
// a request, or holds one in `response`. Stays where it is: its fields point into it.
struct CreateMessage {
  CreateMessage() = default;
  CreateMessage(const CreateMessage&) = delete;
  CreateMessage& operator=(const CreateMessage&) = delete;

  // Reads a text with simdjson's padding behind it. False: refusal says what is wrong.
  bool read(payload::RequestScanner& scanner, std::string_view text);

  payload::RequestFields fields;  // of the request; its offset counts from the beginning of the text
  std::string model;              // what it names; empty: it names none
  std::string previous_response;
  std::string conversation;
  bool asks_for_response = false;  // a `response.create` event, or what may be one
  std::optional<http::ErrorAnswer> refusal;
};

http::ErrorAnswer invalid_message(int status, std::string text, std::string_view param);

}  // namespace pointsman::proxy
