#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "pointsman/base/error.hpp"

namespace pointsman::payload {

// The bytes behind a body that the scanner may read (not write): simdjson's padding. What stands there never changes
// the outcome.
inline constexpr std::size_t padding = 64;

// Longer names of models are refused: no server has one, and an answer or a log line may quote the name.
inline constexpr std::size_t max_model_size = 256;

// Longer ids of what an endpoint keeps are refused too.
inline constexpr std::size_t max_reference_size = 256;

// What routing needs of a request's JSON body. The texts point into the scanner and hold until its next scan; the
// offset counts from the beginning of the body, a byte order mark included.
struct RequestFields {
  std::optional<std::string_view> model;  // unescaped; absent: the body has no such key
  std::size_t model_offset = 0;           // where the string's token begins in the body, its opening quote included
  std::size_t model_size = 0;             // of the token, both quotes included
  bool more_models = false;               // others may answer as well: `models` or `fallbacks`, which some servers read
  bool stream = false;                    // absent and null count as false
  // The most tokens that the answer may have: the largest of max_tokens, max_completion_tokens and max_output_tokens;
  // 0: none is there that is a whole number.
  std::uint32_t most_output = 0;

  // What the request goes on with: only the endpoint that keeps it can serve it. Absent also where it is null, or an
  // object without an `id`.
  std::optional<std::string_view> previous_response;  // previous_response_id
  std::optional<std::string_view> conversation;       // a string, or the `id` of an object
  bool background = false;                            // the endpoint is to go on without the client
  bool store = false;                                 // the endpoint is told to keep the answer
};

// What else an event says, over WebSocket, which is a request or holds one. The text points into the event.
struct EventFields {
  std::optional<std::string> type;           // unescaped; absent: there is none that is a readable string
  std::optional<std::string_view> response;  // the object that stands there, as it was written
};

// Reads the top-level keys of a request body in one pass, without building a document. One per worker; not safe from
// several threads. Warm, it allocates nothing; the memory that a body over 1 MB needs is given back before scan()
// returns.
//
// The structure of the whole body is checked, so that nobody behind us can see other keys than we did. What stands
// inside the numbers and strings that routing does not need is left to the endpoint: it may be more lenient (lone
// surrogates, integers of any length) than we would be.
class RequestScanner {
 public:
  RequestScanner();
  ~RequestScanner();

  // `body` must be followed by `padding` readable bytes. Errors are the client's (invalid_input), and their message is
  // fit to be answered: not JSON, not an object, nested deeper than 1000 levels, two keys of one that counts, a
  // `model` in other letters ("Model"), one that is not a non-empty string of at most max_model_size bytes, a `stream`
  // that is not a boolean, a reference in other letters, of another type, with blanks or of more than
  // max_reference_size bytes.
  // `error_param` is then the field to name, or "". Without the memory to scan, ours (overloaded).
  Result<RequestFields> scan(std::string_view body, std::string_view& error_param);

  // The same of an event, whose own keys are read in the same pass; an error as well is one of them that is there
  // twice, or in other letters. What stands within `response` is not looked at: it is to be scanned itself.
  Result<RequestFields> scan_event(std::string_view body, EventFields& event, std::string_view& error_param);

 private:
  class Parser;

  Result<RequestFields> scan(std::string_view body, EventFields* event, std::string_view& error_param);

  std::unique_ptr<Parser> parser_;
};

}  // namespace pointsman::payload
