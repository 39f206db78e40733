#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

// The frames of WebSocket (RFC 6455 §5): read one after the other as their bytes come, and the few that we write.
namespace pointsman::http {

enum class Opcode : std::uint8_t { continuation = 0, text = 1, binary = 2, close = 8, ping = 9, pong = 10 };

using FrameMask = std::array<char, 4>;

struct FrameHead {
  bool final = true;
  std::uint8_t reserved = 0;  // RSV1 to RSV3, which only extensions use
  Opcode opcode = Opcode::text;
  std::optional<FrameMask> mask;
  std::uint64_t size = 0;  // of the payload

  bool is_control() const { return (static_cast<std::uint8_t>(opcode) & 8) != 0; }
};

// Follows the frames that one side sends. Copies nothing but a head that is half there; strict, so that nobody behind
// us can see other frames than we did. No I/O.
class FrameReader {
 public:
  enum class Sender : std::uint8_t { client, server };  // a client masks, a server does not (§5.1)
  enum class Step : std::uint8_t {
    need_more,  // everything was taken
    head,       // a frame's head is complete: head() says what follows
    payload,    // a piece of the frame's payload
    malformed,  // fault() says why; nothing may be read on
  };

  explicit FrameReader(Sender sender) : sender_(sender) {}

  // An extension was agreed on: what it does with the reserved bits is not ours to judge (§5.2).
  void allow_reserved_bits() { allows_reserved_bits_ = true; }

  // Takes bytes up to the end of a head or of a piece of payload; `taken` is how many. A frame without payload ends
  // with its head.
  Step step(std::string_view bytes, std::size_t& taken);

  const FrameHead& head() const { return head_; }
  std::uint64_t payload_left() const { return left_; }
  // Nothing of a frame is half here. Where a head is malformed: the steps before it took nothing of it.
  bool at_boundary() const { return begun_ == 0 && left_ == 0; }
  // Nothing of a message is half here.
  bool between_messages() const { return at_boundary() && !in_message_; }
  // The frame that ended last was a message's last, and no control frame.
  bool ended_message() const { return at_boundary() && head_.final && !head_.is_control(); }
  // A whole close frame went by: nothing may follow it (§5.5.1).
  bool closed() const { return closed_ && left_ == 0; }
  std::string_view fault() const { return fault_; }

 private:
  std::string_view judge(std::string_view head);

  Sender sender_;
  bool allows_reserved_bits_ = false;
  bool in_message_ = false;  // its last fragment has not begun
  bool closed_ = false;
  std::uint8_t begun_ = 0;        // bytes of bytes_ that are there
  std::array<char, 14> bytes_{};  // of a head
  FrameHead head_;
  std::uint64_t left_ = 0;
  std::string_view fault_;
};

// Applies a mask, or takes it off (§5.3); `offset` is where in the payload the bytes stand.
void apply_mask(std::span<char> bytes, const FrameMask& mask, std::uint64_t offset);

// A whole frame: a server's, or with a mask a client's. Control frames have 125 bytes of payload at most.
std::string frame(Opcode opcode, std::string_view payload, const std::optional<FrameMask>& mask = std::nullopt);

// A close frame. The reason is cut to what fits; nothing of a UTF-8 character that is cut stays.
std::string close_frame(std::uint16_t code, std::string_view reason,
                        const std::optional<FrameMask>& mask = std::nullopt);

// One that nobody can foretell (§5.3).
FrameMask random_mask();

}  // namespace pointsman::http
