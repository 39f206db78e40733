#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

// What a probe asks and what comes back, as plain values: everything that decides works on these, without any I/O.
namespace pointsman::probe {

struct Question {
  std::string method;
  std::string path;                // from the root of the host: "/v1/models"
  std::string body;                // not empty: sent as application/json
  std::string websocket_key = {};  // not empty: asks to go on with WebSocket; 101 is then an answer
};

Question get(std::string path);
Question post(std::string path, std::string body);

// A body that every server read so far refuses before it looks for a model: it burns no token and loads nothing, while
// "{}" does both on some (docs/detection.md).
inline constexpr std::string_view malformed_json = "{";

// Why there is no answer.
enum class Failure : std::uint8_t {
  none,
  unresolved,   // the host's name leads nowhere
  refused,      // nothing listens there
  unreachable,  // there is no way to it
  timed_out,    // not done when the deadline came
  no_tls,       // connected, but TLS was not negotiated by then
  certificate,  // TLS: the certificate is not to be trusted
  wrong_name,   // TLS: the certificate is for another name
  tls,          // TLS: anything else
  broken,       // the connection ended before the answer did
  not_http,     // what came is no HTTP/1
  too_large,    // more than we are willing to read
  stopped,      // not asked: the probe had already ended
};

struct Observation {
  Question asked;
  Failure failure = Failure::none;
  std::string trouble;                                       // what is known of the failure, for a person
  int status = 0;                                            // 0 exactly if there is a failure
  std::vector<std::pair<std::string, std::string>> headers;  // names in lower case
  std::string body;

  bool answered() const { return failure == Failure::none; }
  bool is_late() const { return failure == Failure::timed_out || failure == Failure::no_tls; }
  // The first header of that name, given in lower case; "" if there is none.
  std::string_view header(std::string_view name) const;
};

// "POST /v1/responses {"
std::string text(const Question& question);

// The text on one line without control characters, as UTF-8, cut to `bytes`.
std::string excerpt(std::string_view text, std::size_t bytes);

// What a verdict rests on, in 200 bytes at most: "POST /v1/responses {: 404 404 page not found".
std::string evidence(const Observation& observation);
// The same where only some words of the answer matter: "GET /api/tags: capabilities [\"embedding\"]".
std::string evidence(const Question& asked, std::string_view words);

}  // namespace pointsman::probe
