#pragma once

#include <boost/asio/awaitable.hpp>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "support/fake_upstream.hpp"
#include "support/raw_client.hpp"

// Both ends of a WebSocket connection, frame by frame. On purpose independent of the gateway's own reader of frames, so
// that the two check each other.
namespace pointsman::test {

struct Frame {
  int opcode = 1;
  std::string payload;
  bool final = true;
  int reserved = 0;  // RSV1 is 4
  bool masked = false;

  bool operator==(const Frame&) const = default;
  // Of a close frame; 0: it has none.
  int close_code() const;
};

inline constexpr int continuation = 0, text = 1, binary = 2, close_opcode = 8, ping = 9, pong = 10;

Frame close_with(int code, std::string_view reason = "");

// As it goes over the wire.
std::string bytes_of(const Frame& frame);

// Takes a whole frame off the front of what came; nothing if none is whole.
std::optional<Frame> take_frame(std::string& received);

// A client: its handshake, and then frames, which it masks.
class WebSocketClient {
 public:
  // `fields` are whole lines.
  WebSocketClient(std::uint16_t port, std::string_view target, std::string_view fields = "");

  const Response& handshake() const { return handshake_; }
  bool is_open() const { return handshake_.status() == 101; }

  void send(Frame frame);
  void send_text(std::string payload) { send({text, std::move(payload)}); }
  // The next frame; nothing at the end of the connection.
  std::optional<Frame> next();
  RawClient& raw() { return raw_; }

 private:
  RawClient raw_;
  Response handshake_;
  std::string received_;
};

// What an endpoint does once it has answered the handshake.
class WebSocketPeer {
 public:
  explicit WebSocketPeer(Conversation& conversation) : conversation_(conversation) {}

  // The next frame, its mask taken off; nothing when the client has left.
  boost::asio::awaitable<std::optional<Frame>> next();
  boost::asio::awaitable<void> send(Frame frame);
  Conversation& conversation() { return conversation_; }

 private:
  Conversation& conversation_;
  std::string received_;
};

using WebSocketScript = std::function<boost::asio::awaitable<void>(WebSocketPeer&)>;

// Answers a handshake with 101 and these fields, and a request without one as a server that knows no such route. When
// the script is through, the connection ends.
Script websocket(WebSocketScript script, std::string fields = "");

// Sends every message back, and agrees to a close.
WebSocketScript echo_frames();

// The value that Sec-WebSocket-Accept has to have.
std::string accept_value(const demo::Request& request);

}  // namespace pointsman::test
