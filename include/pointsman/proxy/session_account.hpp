#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

#include "pointsman/http/error_answer.hpp"
#include "pointsman/payload/usage.hpp"
#include "pointsman/proxy/create_message.hpp"
#include "pointsman/proxy/stream_pace.hpp"

namespace pointsman::proxy {

// A response that its endpoint ended. Its views hold for as long as the call that is given it.
struct EndedResponse {
  std::string_view id;  // empty: it was not told
  const payload::Usage& usage;
  const StreamPace& pace;  // of its tokens
  bool failed = false;     // what was not told was not taken
};

// What a client may take over its WebSocket connection, and what its responses took. Belongs to whoever answers the
// connection, on its worker, and outlives it.
class SessionAccount {
 public:
  // Why the client may not send a message of so many bytes, which means this model; nothing: it may, and it counts as a
  // request.
  virtual std::optional<http::ErrorAnswer> refusal_of(const CreateMessage& message, std::string_view model,
                                                      std::size_t bytes) = 0;
  // What it let in last, if anything, has gone to an endpoint, or will go nowhere.
  virtual void let_in(bool was_sent) = 0;
  // Limits hang on what responses take: a connection whose messages cannot be heard must not go on.
  virtual bool must_hear() const = 0;
  // The endpoint said that it began a response, the oldest one that it has not begun. Not all say it. `id`: of the
  // response; empty: it was not told.
  virtual void response_began(std::string_view id) = 0;
  // The endpoint ended a response: the one of this id, or, where nobody knows whose that is, the oldest.
  virtual void response_ended(const EndedResponse& ended) = 0;
  // The endpoint wrote down what it heard, for no response, and told that it took this.
  virtual void transcribed(const payload::Usage& usage) = 0;
  // The endpoint told an error, of whatever the client sent, or of a response that it makes.
  virtual void error_told(const payload::Usage& usage) = 0;

 protected:
  ~SessionAccount() = default;
};

}  // namespace pointsman::proxy
