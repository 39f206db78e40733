#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "pointsman/http/websocket_frame.hpp"
#include "pointsman/net/buffer.hpp"

namespace pointsman::proxy {

// A message that a client sends over WebSocket, which has to be read whole before it is passed on: collects it, and
// says what becomes of what the client sends between its frames. One after the other. No I/O.
class ClientMessage {
 public:
  // What becomes of pings, pongs and closes.
  enum class Controls : std::uint8_t {
    answered,  // by us: there is no endpoint yet
    passed,    // as they came, before the message
  };
  enum class State : std::uint8_t {
    need_more,
    complete,
    closed,   // by the client; the answers end with our agreement
    refused,  // why() and code() say what to tell the client
  };

  explicit ClientMessage(std::size_t largest, Controls controls = Controls::answered)
      : largest_(largest), passes_controls_(controls == Controls::passed) {}

  // Takes bytes until the message is complete; returns how many that were.
  std::size_t feed(std::string_view bytes);

  State state() const { return state_; }
  bool begun() const { return frames_.size() > 0; }
  // The message, with its mask taken off; simdjson's padding behind it is readable.
  std::string_view text() const { return text_.view(); }
  // Its frames as they came, without what the client sent between them.
  std::string_view frames() const { return frames_.view(); }
  // How much memory it takes.
  std::size_t held() const { return text_.capacity() + frames_.capacity(); }
  // Pongs, and the agreement to a close; or, where they are passed, the control frames. Handed over once.
  std::string take_answers() { return std::exchange(answers_, {}); }
  // The message has been dealt with, and another one may begin.
  void next();

  std::uint16_t code() const { return code_; }
  std::string_view why() const { return why_; }

 private:
  void begin_frame();
  void take_payload(std::string_view piece);
  void end_frame();
  void refuse(std::uint16_t code, std::string_view why);

  std::size_t largest_;
  bool passes_controls_;
  http::FrameReader reader_{http::FrameReader::Sender::client};
  State state_ = State::need_more;
  std::string head_;     // of the frame at hand, as far as it is there
  std::string control_;  // the payload of a control frame at hand
  std::uint64_t offset_ = 0;
  net::Buffer frames_;
  net::Buffer text_;
  std::string answers_;
  std::uint16_t code_ = 0;
  std::string_view why_;
};

}  // namespace pointsman::proxy
