#include "pointsman/http/websocket_frame.hpp"

#include <openssl/rand.h>

#include <algorithm>

namespace pointsman::http {
namespace {

constexpr std::uint64_t largest_control = 125;

std::uint8_t byte(char c) { return static_cast<std::uint8_t>(c); }

// How long a head is, as far as its first two bytes tell; 2 before they are there.
std::size_t head_size(std::string_view begun) {
  if (begun.size() < 2) return 2;
  const auto length = byte(begun[1]) & 0x7f;
  const std::size_t extended = length == 126 ? 2 : length == 127 ? 8 : 0;
  return 2 + extended + ((byte(begun[1]) & 0x80) != 0 ? 4 : 0);
}

std::uint64_t big_endian(std::string_view bytes) {
  std::uint64_t value = 0;
  for (const char c : bytes) value = value << 8 | byte(c);
  return value;
}

bool is_known(std::uint8_t opcode) { return opcode <= 2 || (opcode >= 8 && opcode <= 10); }

bool continues_character(char c) { return (byte(c) & 0xc0) == 0x80; }

}  // namespace

FrameReader::Step FrameReader::step(std::string_view bytes, std::size_t& taken) {
  taken = 0;
  if (!fault_.empty()) return Step::malformed;
  if (bytes.empty()) return Step::need_more;
  if (left_ > 0) {
    taken = static_cast<std::size_t>(std::min<std::uint64_t>(left_, bytes.size()));
    left_ -= taken;
    return Step::payload;
  }
  if (closed_) {
    fault_ = "bytes behind a close frame";
    return Step::malformed;
  }
  const bool began_before = begun_ > 0;
  while (begun_ < head_size({bytes_.data(), begun_})) {
    if (taken == bytes.size()) return Step::need_more;
    bytes_[begun_++] = bytes[taken++];
  }
  fault_ = judge({bytes_.data(), begun_});
  if (fault_.empty() || !began_before) begun_ = 0;
  return fault_.empty() ? Step::head : Step::malformed;
}

// Why a whole head may not pass; empty: it may, and is taken in.
std::string_view FrameReader::judge(std::string_view bytes) {
  const std::uint8_t opcode = byte(bytes[0]) & 0x0f;
  const bool is_masked = (byte(bytes[1]) & 0x80) != 0;
  const std::uint64_t short_length = byte(bytes[1]) & 0x7f;
  const std::size_t extended = short_length == 126 ? 2 : short_length == 127 ? 8 : 0;

  head_.final = (byte(bytes[0]) & 0x80) != 0;
  head_.reserved = (byte(bytes[0]) >> 4) & 7;
  head_.opcode = static_cast<Opcode>(opcode);
  head_.size = extended == 0 ? short_length : big_endian(bytes.substr(2, extended));
  head_.mask.reset();
  if (is_masked) std::ranges::copy(bytes.substr(2 + extended), head_.mask.emplace().begin());

  if (head_.reserved != 0 && !allows_reserved_bits_) return "reserved bits without an extension";
  if (!is_known(opcode)) return "an opcode that nobody defined";
  if (is_masked != (sender_ == Sender::client)) return is_masked ? "a masked frame of a server" : "an unmasked frame";
  const bool is_minimal = extended == 0 || (extended == 2 ? head_.size > largest_control : head_.size > 0xffff);
  if (!is_minimal || head_.size >> 63 != 0) return "a length that is not written the shortest way";
  if (head_.is_control()) {
    if (!head_.final) return "a control frame in fragments";
    if (head_.size > largest_control) return "a control frame that is too long";
    if (head_.opcode == Opcode::close && head_.size == 1) return "a close frame with half a code";
    closed_ = head_.opcode == Opcode::close;
  } else {
    const bool continues = head_.opcode == Opcode::continuation;
    if (continues != in_message_) return continues ? "a continuation of nothing" : "a message within another";
    in_message_ = !head_.final;
  }
  left_ = head_.size;
  return {};
}

void apply_mask(std::span<char> bytes, const FrameMask& mask, std::uint64_t offset) {
  for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<char>(bytes[i] ^ mask[(offset + i) % 4]);
}

std::string frame(Opcode opcode, std::string_view payload, const std::optional<FrameMask>& mask) {
  std::string bytes;
  bytes.reserve(14 + payload.size());
  const auto add = [&](std::uint64_t value) { bytes += static_cast<char>(value & 0xff); };
  const std::uint64_t masked = mask ? 0x80 : 0;
  const std::uint64_t size = payload.size();
  add(0x80 | static_cast<std::uint64_t>(opcode));
  const int extended = size <= largest_control ? 0 : size <= 0xffff ? 2 : 8;
  add(masked | (extended == 0 ? size : extended == 2 ? 126 : 127));
  for (int i = extended; i > 0; --i) add(size >> (8 * (i - 1)));
  if (mask) bytes.append(mask->data(), mask->size());
  const auto begin = bytes.size();
  bytes += payload;
  if (mask) apply_mask({bytes.data() + begin, payload.size()}, *mask, 0);
  return bytes;
}

std::string close_frame(std::uint16_t code, std::string_view reason, const std::optional<FrameMask>& mask) {
  std::size_t size = std::min<std::size_t>(reason.size(), largest_control - 2);
  while (size > 0 && size < reason.size() && continues_character(reason[size])) --size;
  std::string payload{static_cast<char>(code >> 8), static_cast<char>(code & 0xff)};
  payload += reason.substr(0, size);
  return frame(Opcode::close, payload, mask);
}

FrameMask random_mask() {
  FrameMask mask;
  RAND_bytes(reinterpret_cast<unsigned char*>(mask.data()), static_cast<int>(mask.size()));
  return mask;
}

}  // namespace pointsman::http
