#include "support/websocket.hpp"

#include <utility>

#include "pointsman/http/websocket_handshake.hpp"
#include "support/kept_output.hpp"

namespace asio = boost::asio;

namespace pointsman::test {
namespace {

constexpr std::string_view mask = "\x11\x22\x33\x44";

unsigned byte(char c) { return static_cast<unsigned char>(c); }

void append_number(std::string& bytes, std::uint64_t number, int size) {
  for (int i = size - 1; i >= 0; --i) bytes += static_cast<char>(number >> (8 * i) & 0xff);
}

}  // namespace

int Frame::close_code() const {
  return payload.size() < 2 ? 0 : static_cast<int>(byte(payload[0]) << 8 | byte(payload[1]));
}

Frame close_with(int code, std::string_view reason) {
  std::string payload;
  append_number(payload, static_cast<std::uint64_t>(code), 2);
  return {close_opcode, payload + std::string(reason)};
}

std::string bytes_of(const Frame& frame) {
  std::string bytes;
  append_number(
      bytes,
      (frame.final ? 128u : 0u) + 16u * static_cast<unsigned>(frame.reserved) + static_cast<unsigned>(frame.opcode), 1);
  const auto size = frame.payload.size();
  const unsigned masked = frame.masked ? 128 : 0;
  append_number(bytes, masked + (size < 126 ? size : size < 65536 ? 126 : 127), 1);
  if (size >= 126) append_number(bytes, size, size < 65536 ? 2 : 8);
  if (frame.masked) bytes += mask;
  const auto begin = bytes.size();
  bytes += frame.payload;
  for (auto i = begin; frame.masked && i < bytes.size(); ++i) {
    bytes[i] = static_cast<char>(bytes[i] ^ mask[(i - begin) % 4]);
  }
  return bytes;
}

std::optional<Frame> take_frame(std::string& received) {
  if (received.size() < 2) return std::nullopt;
  Frame frame;
  frame.final = (byte(received[0]) & 128) != 0;
  frame.reserved = static_cast<int>(byte(received[0]) >> 4 & 7);
  frame.opcode = static_cast<int>(byte(received[0]) & 15);
  frame.masked = (byte(received[1]) & 128) != 0;
  std::uint64_t size = byte(received[1]) & 127;
  const std::size_t extended = size == 126 ? 2 : size == 127 ? 8 : 0;
  const std::size_t head = 2 + extended + (frame.masked ? 4 : 0);
  if (received.size() < head) return std::nullopt;
  if (extended > 0) {
    size = 0;
    for (std::size_t i = 0; i < extended; ++i) size = size << 8 | byte(received[2 + i]);
  }
  if (received.size() < head + size) return std::nullopt;
  frame.payload = received.substr(head, size);
  for (std::size_t i = 0; frame.masked && i < size; ++i) {
    frame.payload[i] = static_cast<char>(frame.payload[i] ^ received[head - 4 + i % 4]);
  }
  received.erase(0, head + size);
  return frame;
}

WebSocketClient::WebSocketClient(std::uint16_t port, std::string_view target, std::string_view fields)
    : raw_(port, Milliseconds(30'000)) {
  raw_.send("GET " + std::string(target) +
            " HTTP/1.1\r\nHost: h\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
            "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n" +
            std::string(fields) + "\r\n");
  handshake_ = raw_.read_response();
}

void WebSocketClient::send(Frame frame) {
  frame.masked = true;
  raw_.send(bytes_of(frame));
}

std::optional<Frame> WebSocketClient::next() {
  for (;;) {
    if (auto frame = take_frame(received_)) {
      if (frame->payload.starts_with(R"({"type":"error")")) keep_output("an event for a client", frame->payload);
      return frame;
    }
    const auto more = raw_.read_some();
    if (more.empty()) return std::nullopt;
    received_ += more;
  }
}

asio::awaitable<std::optional<Frame>> WebSocketPeer::next() {
  for (;;) {
    if (auto frame = take_frame(received_)) co_return frame;
    const auto more = co_await conversation_.receive();
    if (more.empty()) co_return std::nullopt;
    received_ += more;
  }
}

asio::awaitable<void> WebSocketPeer::send(Frame frame) {
  std::string bytes = bytes_of(frame);
  co_await conversation_.send(std::move(bytes));
}

std::string accept_value(const demo::Request& request) {
  const auto* key = request.header("Sec-WebSocket-Key");
  return key == nullptr ? "" : http::websocket_accept(*key);
}

Script websocket(WebSocketScript script, std::string fields) {
  return [script = std::move(script), fields = std::move(fields)](Conversation& conversation) -> asio::awaitable<void> {
    if (conversation.request().header("Upgrade") == nullptr) {
      co_await conversation.send("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n");
      co_return;
    }
    std::string head =
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        "Sec-WebSocket-Accept: " +
        accept_value(conversation.request()) + "\r\n" + fields + "\r\n";
    co_await conversation.send(std::move(head));
    WebSocketPeer peer(conversation);
    co_await script(peer);
    conversation.close();
  };
}

WebSocketScript echo_frames() {
  return [](WebSocketPeer& peer) -> asio::awaitable<void> {
    for (;;) {
      auto frame = co_await peer.next();
      if (!frame) co_return;
      frame->masked = false;
      if (frame->opcode == ping) frame->opcode = pong;
      const bool closes = frame->opcode == close_opcode;
      co_await peer.send(*frame);
      if (closes) co_return;
    }
  };
}

}  // namespace pointsman::test
