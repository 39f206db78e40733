#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string_view>

#include "pointsman/http/sse_tap.hpp"
#include "pointsman/http/websocket_frame.hpp"
#include "pointsman/payload/decompressor.hpp"

namespace pointsman::proxy {

// Gives listeners what an endpoint's messages over WebSocket say, while their frames pass as they are. Where
// permessage-deflate was agreed on (RFC 7692) it inflates them; what any other extension made of a message nobody
// hears. After a message that is not what it promises, or that stands for more than `most` bytes, nothing is heard any
// more, because later messages may build on it. A worker reads all of it between others, so what messages stand for
// beyond `densest` times their size, and beyond their first MiB, may be `most_dense` bytes in all. One per connection.
class HeardMessages {
 public:
  static constexpr std::size_t most = std::size_t{64} << 20;
  static constexpr std::size_t densest = 200;
  static constexpr std::size_t most_dense = std::size_t{16} << 20;

  // `extensions`: what the endpoint agreed on, as its handshake says it. The listeners must outlive this.
  HeardMessages(std::span<http::DataListener* const> listeners, std::optional<std::string_view> extensions);

  // The frame with which a message begins, then the payload of its frames, then its end.
  void begin(const http::FrameHead& head);
  void data(std::string_view bytes);
  void ended();

  // A message was not heard, or not to its end.
  bool has_missed() const { return has_missed_; }

 private:
  enum class Message : std::uint8_t { plain, squeezed, unheard };

  void inflate(std::string_view bytes);
  void tell(std::string_view text);

  std::span<http::DataListener* const> listeners_;
  bool inflates_;
  std::optional<payload::Decompressor> inflater_;  // from the first message that needs it
  Message message_ = Message::plain;
  std::size_t given_ = 0;  // of the message at hand
  std::size_t heard_ = 0;
  std::size_t dense_ = 0;  // of all messages
  bool is_deaf_ = false;
  bool has_missed_ = false;
};

}  // namespace pointsman::proxy
