#include "pointsman/proxy/heard_messages.hpp"

#include <algorithm>
#include <array>

#include "pointsman/http/head.hpp"

namespace pointsman::proxy {
namespace {

constexpr std::uint8_t first_reserved_bit = 4;
// What its sender left out at the end of each message (RFC 7692 §7.2.1).
constexpr std::string_view left_out("\x00\x00\xff\xff", 4);

// Alone: with another one behind it, who knows what that made of it.
bool is_deflate(std::string_view extensions) {
  const auto name = extensions.substr(0, extensions.find_first_of("; \t"));
  return http::equal_ignoring_case(name, "permessage-deflate") && extensions.find(',') == std::string_view::npos;
}

}  // namespace

HeardMessages::HeardMessages(std::span<http::DataListener* const> listeners, std::optional<std::string_view> extensions)
    : listeners_(listeners), inflates_(extensions && is_deflate(*extensions)) {}

void HeardMessages::begin(const http::FrameHead& head) {
  given_ = heard_ = 0;
  message_ = Message::plain;
  if (head.reserved == 0 || is_deaf_) return;
  message_ = inflates_ && head.reserved == first_reserved_bit ? Message::squeezed : Message::unheard;
  if (message_ == Message::unheard) has_missed_ = true;
  if (message_ == Message::squeezed && !inflater_) inflater_.emplace(payload::Coding::message_deflate);
}

void HeardMessages::data(std::string_view bytes) {
  if (is_deaf_ || message_ == Message::unheard) return;
  message_ == Message::squeezed ? inflate(bytes) : tell(bytes);
}

void HeardMessages::ended() {
  if (message_ == Message::squeezed) data(left_out);
  if (is_deaf_ || message_ == Message::unheard) return;
  for (auto* const each : listeners_) each->event_ended();
}

void HeardMessages::inflate(std::string_view bytes) {
  constexpr std::size_t small = 1 << 20;
  given_ += bytes.size();
  const auto usual = std::max(small, given_ * densest);
  std::array<char, 4096> room;
  for (;;) {
    const auto step = inflater_->step(bytes, room);
    tell({room.data(), step.written});
    heard_ += step.written;
    if (heard_ > usual) dense_ += step.written;
    is_deaf_ = inflater_->corrupt() || inflater_->whole() || heard_ > most || dense_ > most_dense;
    if (is_deaf_) {
      has_missed_ = true;
      return inflater_.reset();
    }
    bytes.remove_prefix(step.consumed);
    if (bytes.empty() && step.written < room.size()) return;
  }
}

void HeardMessages::tell(std::string_view text) {
  for (auto* const each : listeners_) each->data(text);
}

}  // namespace pointsman::proxy
